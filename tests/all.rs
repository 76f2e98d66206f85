//! Every test that needs more than one layer, in one binary: each binary links the SDKs anew.

mod support;

mod action;
mod adopt;
mod any_to_any;
mod bad_input;
mod command_line;
mod deleting;
mod dependencies;
mod drift;
mod end_to_end;
mod explain;
mod faults;
mod functions;
mod fuzz;
mod layers;
mod live_system;
mod lock;
mod page;
mod plan_output;
mod problems;
mod problems_of_functions;
mod rates;
mod rules;
mod saved;
mod schema;
mod secrets;
mod stacks;
mod walkthroughs;
