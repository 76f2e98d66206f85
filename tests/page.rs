//! A plan's page in a browser, as people use it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::plan_output;
use crate::support::run::project;

/// What Chromium is called on different systems.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// The browser, where there is one.
fn chromium() -> Option<&'static str> {
    let is_there = |name: &&&str| {
        let asked = Command::new(name).arg("--version").stderr(Stdio::null()).output();
        asked.is_ok_and(|output| output.status.success())
    };
    NAMES.iter().find(is_there).copied()
}

/// What is to be seen in a page, and where the screenshots are.
fn visit(chromium: &str, page: &str) -> (Value, PathBuf) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plan-page");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("plan.html");
    std::fs::write(&file, page).unwrap();
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new("node")
        .arg(project().join("tests/support/browser.mjs"))
        .args([chromium.as_ref(), file.as_os_str(), folder.as_os_str(), profile.path().as_os_str()])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the visit broke off");
    (serde_json::from_slice(&output.stdout).unwrap(), folder)
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_macros, reason = "says what is left out")]
async fn a_page_is_searched_filtered_and_read_in_a_browser() {
    let Some(chromium) = chromium() else {
        println!("left out: no Chromium on this machine");
        return;
    };
    let world = plan_output::world().await;
    world.settle().await;
    world.write(&plan_output::after());
    let page = world.run(&["plan", "--format", "html"]).await.exits(0).stdout;
    let (seen, folder) = visit(chromium, &page);
    let shown = || format!("{seen:#}\nscreenshots: {}", folder.display());

    assert!(seen["title"].as_str().unwrap().starts_with("Plan for shop: "), "{}", shown());
    let all = seen["all"].as_array().unwrap();
    assert!(all.len() > 4 && seen["unfiltered"] == all.len(), "{}", shown());
    // What is typed and what is pressed leave what they name.
    assert_eq!(seen["searched"], json!(["user_pool.app_clients.web"]), "{}", shown());
    assert_eq!(seen["rows"], 1, "{}", shown());
    assert_eq!(seen["found"], format!("1 of {} shown", all.len()), "{}", shown());
    assert_eq!(seen["deleted"], json!(["user_pool.app_clients.old"]), "{}", shown());
    // A box of the drawing leads to its change, also where a filter hides it.
    let node = &seen["node"];
    assert!(all.contains(&node["address"]), "{}", shown());
    for what in ["open", "focused", "inSight"] {
        assert_eq!(node[what], true, "{what}: {}", shown());
    }
    // With the mouse and with the keyboard.
    assert_eq!((&seen["clicked"], &seen["pressed"]), (&json!(true), &json!(false)), "{}", shown());
    assert_ne!(seen["ring"], "none", "{}", shown());
    assert_eq!(seen["collapsed"], 0, "{}", shown());
    assert_eq!(seen["expanded"], all.len(), "{}", shown());
    // Every text can be read, in light and in dark, and the page is as wide as what shows it.
    for scheme in ["light", "dark"] {
        let contrast = &seen[scheme];
        assert!(contrast["looked"].as_u64() > Some(100), "{}", shown());
        assert_eq!(contrast["faint"], json!([]), "{scheme}: {}", shown());
    }
    assert_eq!(seen["turned"], "rgb(13, 17, 23)", "{}", shown());
    assert_eq!((&seen["fits"], &seen["fitsNarrow"]), (&json!(true), &json!(true)), "{}", shown());
    // Without its script everything is there, and a link opens what it leads to.
    assert_eq!(seen["withoutScript"], json!({"controls": false, "rows": all.len()}), "{}", shown());
    assert_eq!(seen["openedWithoutScript"], 1, "{}", shown());
    // Nothing but the file itself is asked for, and nothing goes wrong.
    let requests = seen["requests"].as_array().unwrap();
    assert!(!requests.is_empty(), "{}", shown());
    assert!(requests.iter().all(|request| *request == seen["url"]), "{}", shown());
    assert_eq!(seen["errors"], json!([]), "{}", shown());
}
