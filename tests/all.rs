//! Every test that needs more than one layer, in one binary: each binary links the SDKs anew.

mod support;

mod adopt;
mod any_to_any;
mod command_line;
mod dependencies;
mod end_to_end;
mod explain;
mod functions;
mod layers;
mod lock;
mod plan_output;
mod problems;
mod problems_of_functions;
mod rules;
mod schema;
mod stacks;
mod walkthroughs;
