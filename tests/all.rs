//! Every test that needs more than one layer, in one binary: each binary links the SDKs anew.

mod support;

mod adopt;
mod any_to_any;
mod bad_input;
mod command_line;
mod deleting;
mod dependencies;
mod end_to_end;
mod explain;
mod functions;
mod fuzz;
mod layers;
mod lock;
mod problems;
mod problems_of_functions;
mod rules;
mod schema;
mod secrets;
mod stacks;
mod walkthroughs;
