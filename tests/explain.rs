//! `provision explain`: what is said of a setting, and of what there is not.

use crate::support::run::run;

fn explained(path: &str) -> String {
    run(&["explain", path]).exits(0).stdout
}

#[test]
fn a_setting_has_its_meaning_its_range_its_default_and_whether_it_can_change() {
    insta::assert_snapshot!(explained("user_pool.app_clients.*.auth_session_validity"));
    let concrete = explained("user_pool.app_clients.web.auth_session_validity");
    assert_eq!(concrete, explained("user_pool.app_clients.*.auth_session_validity"));
}

#[test]
fn what_cannot_change_says_why() {
    insta::assert_snapshot!(
        ["user_pool.alias_attributes", "user_pool.custom_attributes", "lambdas.*.name"]
            .map(explained)
            .join("---\n")
    );
}

#[test]
fn a_resource_lists_its_settings_and_its_outputs() {
    insta::assert_snapshot!(explained("user_pool.app_clients.*"));
    insta::assert_snapshot!(explained("user_pool.domain"));
}

#[test]
fn a_mapping_lists_what_each_of_its_keys_holds() {
    insta::assert_snapshot!(explained("http_api.routes"));
    insta::assert_snapshot!(explained("lambdas.fn.inline_policies.p.Statement"));
}

#[test]
fn nothing_lists_what_a_stack_file_holds() {
    insta::assert_snapshot!(run(&["explain"]).exits(0).stdout);
}

#[test]
fn the_beginning_of_a_path_and_a_name_alone_find_what_is_meant() {
    insta::assert_snapshot!(explained("user_pool.app_clients.*.allowed"));
    let alone = explained("auth_session_validity");
    assert_eq!(alone, explained("user_pool.app_clients.*.auth_session_validity"));
    assert_eq!(explained("user_pool.app_clients.*.auth_s"), alone);
}

#[test]
fn what_there_is_not_is_refused_with_the_nearest_that_there_is() {
    let refused = |path: &str| {
        let ran = run(&["explain", path]).exits(3);
        assert_eq!(ran.stdout, "");
        ran.stderr
    };
    insta::assert_snapshot!(
        [
            "user_pol.domain",
            "user_pool.app_clients.web.callback_uls",
            "lambdas.fn.timeout.x",
            "a b"
        ]
        .map(refused)
        .concat()
    );
}
