use proptest::collection::btree_map;
use proptest::prelude::*;

use super::*;

/// Trees of up to eight files; a path that another file stands in the way of is dropped.
fn trees() -> impl Strategy<Value = Files> {
    let content = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        (any::<u8>(), 60_000..140_000_usize).prop_map(|(byte, length)| vec![byte; length]),
    ];
    btree_map("[ab.é]{1,2}c(/[ab-]c){0,2}", (content, any::<bool>()), 1..8).prop_map(|files| {
        let blocked = |path: &str| files.keys().any(|other| path.starts_with(&format!("{other}/")));
        files
            .iter()
            .filter(|(path, _)| !blocked(path))
            .map(|(p, f)| (p.clone(), f.clone()))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_bundle_depends_on_paths_contents_and_executable_bits_alone(tree in trees()) {
        let tree = without_bits_unless_unix(tree);
        let bundle = pack(strictly(&tree).path()).unwrap();
        prop_assert_eq!(&bundle.zip, &pack(loosely(&tree).path()).unwrap().zip);
        prop_assert_eq!(unzip(&bundle), tree);
    }

    #[test]
    fn bundles_of_different_trees_differ(one in trees(), other in trees()) {
        let (one, other) = (without_bits_unless_unix(one), without_bits_unless_unix(other));
        let same = pack(strictly(&one).path()).unwrap().sha256
            == pack(strictly(&other).path()).unwrap().sha256;
        prop_assert_eq!(same, one == other);
    }
}

fn without_bits_unless_unix(mut tree: Files) -> Files {
    tree.values_mut().for_each(|(_, executable)| *executable &= cfg!(unix));
    tree
}
