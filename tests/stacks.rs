//! Every stack file of the project is a test case.

use std::path::Path;

use provision::aws::kinds;
use provision::report;
use provision::spec::{Options, load};

#[test]
fn every_stack_file_is_without_problems() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let loaded = load(&path, &Options::default(), &kinds::vocabulary());
            if let Err(problems) = loaded {
                panic!("{}", report::problems::text(&problems, false));
            }
            seen += 1;
        }
    }
    assert!(seen > 0);
}
