//! Holds of every kind.

use std::collections::{BTreeMap, BTreeSet};

use super::{KINDS, infos};

#[test]
fn every_file_here_is_registered_under_its_own_name() {
    let named: BTreeSet<String> =
        KINDS.iter().map(|kind| format!("{}.rs", kind.info().name)).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/aws/kinds");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut files: BTreeSet<String> = files.map(|name| name.into_string().unwrap()).collect();
    files.retain(|name| !["mod.rs", "tests.rs"].contains(&name.as_str()));
    assert_eq!(files, named);
}

#[test]
fn names_are_unique_and_what_they_name_exists() {
    let infos = infos();
    assert_eq!(infos.len(), KINDS.len());
    for info in infos.values() {
        for other in info.refers_to.iter().chain(info.goes_with) {
            assert!(infos.contains_key(other), "{} names `{other}`", info.name);
        }
    }
    for kind in KINDS {
        assert!(kind.parent().is_none_or(|parent| infos.contains_key(parent)));
    }
}

#[test]
fn deletes_can_always_be_ordered() {
    // What goes along with a parent is gone when the parent is, so the parent takes its place.
    let infos = infos();
    let stands_for = |name: &'static str| *infos[name].goes_with.first().unwrap_or(&name);
    let mut waits: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for info in infos.values() {
        for referred in info.refers_to {
            let (later, earlier) = (stands_for(referred), stands_for(info.name));
            if later != earlier {
                waits.entry(later).or_default().insert(earlier);
            }
        }
    }
    let mut open: BTreeSet<&str> = infos.keys().map(|name| stands_for(name)).collect();
    while !open.is_empty() {
        let is_free = |name: &&&str| waits.get(**name).is_none_or(|w| w.is_disjoint(&open));
        let free: Vec<&str> = open.iter().filter(is_free).copied().collect();
        assert!(!free.is_empty(), "these refer to each other in a circle: {open:?}");
        open.retain(|name| !free.contains(name));
    }
}

#[test]
fn every_rule_is_about_a_setting_that_the_defaults_or_a_stack_can_have() {
    for info in infos().values() {
        for field in info.fields {
            let root = field.path.split('.').next().unwrap();
            assert!(
                root.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
                "{}",
                field.path
            );
        }
    }
}
