//! Every test that needs more than one layer, in one binary: each binary links the SDKs anew.

mod support;

mod adopt;
mod any_to_any;
mod command_line;
mod dependencies;
mod end_to_end;
mod explain;
mod faults;
mod functions;
mod layers;
mod live_system;
mod lock;
mod problems;
mod problems_of_functions;
mod rates;
mod rules;
mod schema;
mod stacks;
mod walkthroughs;
