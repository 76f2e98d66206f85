//! Changes of one pool from all sides do not undo each other.

use serde_json::Value;

use super::{Recorder, changed};
use crate::end_to_end::World;
use crate::support::emulators::Emulator;
use crate::support::inventory::Inventory;

/// A policy, a second factor, a trigger, a tag and a client, each by another step or request.
const CHANGES: &[(&str, &str)] = &[
    ("minimum_length: 10", "minimum_length: 12"),
    ("team: data", "team: sales"),
    (
        "  auto_verified_attributes: [email]",
        "  auto_verified_attributes: [email]\n  mfa_configuration: OPTIONAL\n  \
         software_token_mfa_configuration: { enabled: true }\n  \
         triggers: { pre_token_generation: hello }",
    ),
    ("  app_clients:\n", "  app_clients:\n    second: { generate_secret: true }\n"),
];

/// moto resets what `UpdateUserPool` leaves out, as AWS does.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_a_trigger_mfa_tags_and_a_client_in_one_apply_do_not_undo_each_other() {
    let world = World::new(Emulator::moto().await).await;
    let url = format!("http://127.0.0.1:{}", world.emulator.port);
    world.write(super::STACK);
    world.settle().await;
    Inventory::set_by_hand(&url, "busy").await;
    let before = Inventory::pool_settings(&url, "busy").await;

    world.write(&changed(CHANGES));
    let recorder = Recorder::new();
    world.proxy.interfere(recorder.clone());
    let _ = world.run(&["apply", "--yes"]).await.exits(0);

    let updates = recorder.of("UpdateUserPool");
    assert!(!updates.is_empty() && updates.len() <= 2, "{:?}", recorder.operations());
    for update in &updates {
        let sent = &update.members;
        // What somebody set by hand, and what another step changes, is in each of them.
        assert_eq!(sent["SmsAuthenticationMessage"], "Your code is {####}");
        assert_eq!(sent["DeviceConfiguration"]["ChallengeRequiredOnNewDevice"], true);
        assert_eq!(sent["AutoVerifiedAttributes"], serde_json::json!(["email"]));
        assert!(sent["UserPoolTags"]["provision:stack"] == "busy", "{sent}");
        let ledger = |tags: &Value| tags.as_object().unwrap().keys().any(|k| k.contains("ledger"));
        assert!(ledger(&sent["UserPoolTags"]), "{sent}");
    }
    let last = &updates.last().unwrap().members;
    assert_eq!(last["Policies"]["PasswordPolicy"]["MinimumLength"], 12);
    assert_eq!(last["UserPoolTags"]["team"], "sales");
    assert!(last["LambdaConfig"]["PreTokenGeneration"].is_string(), "{last}");
    let set = recorder.of("SetUserPoolMfaConfig");
    assert_eq!(set.len(), 1);
    assert_eq!(set[0].members["MfaConfiguration"], "OPTIONAL");

    let after = Inventory::pool_settings(&url, "busy").await;
    assert_eq!(after["minimum_length"], 12);
    for kept in ["auto_verified", "template", "sms_message", "admin_only", "recovery", "device"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    assert_eq!(Inventory::client_names(&url, "busy").await, ["busy-second", "busy-web"]);
    let plan = world.plan().await;
    assert_eq!(plan["changes"], serde_json::json!([]), "all of it has arrived");
}
