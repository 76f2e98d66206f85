//! `provision` compares a declarative stack file with live AWS and applies the difference.
//!
//! The whole architecture on one page. A folder is a layer; a layer imports only from those above it
//! in this list, and a test holds it to that.
//!
//! ```text
//! stack file ─ spec ─► Declared[] ─┐
//!                                  ├─ plan (pure) ─► Plan ─ engine ─► Endings ─ report ─► text
//! AWS ─ observe (concurrent) ─► Live[] ┘
//! ```
//!
//! | layer | does | may not |
//! |---|---|---|
//! | [`resource`] | the nouns: addresses, templates, declared and live resources, outputs | do I/O |
//! | [`spec`] | a stack file to a typed `Stack`, or to every problem with its place | touch the network, know AWS |
//! | [`plan`] | declared and live resources to a `Plan`: compare, order, refuse | look at a clock, print, know a kind by name |
//! | [`engine`] | carries a plan out against a `Cloud`, each step as soon as it can start | know AWS, decide |
//! | [`bundle`] | a function's code and its dependencies to a zip that depends on the code alone | print |
//! | [`aws`] | AWS as a `Cloud`; one file per kind of resource | leak an SDK type |
//! | [`local`] | installs, starts, finds and stops the local cloud | print, know AWS |
//! | [`report`] | plans, outcomes and problems as text, Markdown and JSON | decide, read, print |
//! | [`cli`] | arguments to flow; the only layer that prints and reads the environment | |
//!
//! What makes it work:
//!
//! * **There is no state file.** Ownership is on the resources: tags, the path of roles, and for what
//!   carries no tags a ledger in the pool's own tags (`aws/ledger.rs`).
//! * **A plan leaves no choice to execution.** A step has the live resource, the wanted state as a
//!   template, and the steps that it waits for. Destroy is a plan with nothing declared.
//! * **What the file does not mention stays.** A wanted state is laid over the live one
//!   (`plan/overlay.rs`); what a kind must say of its settings is a table ([`resource::Rule`]).
//! * **A kind is one file** (`aws/kinds/`): what the file declares, how it is read, made, changed and
//!   removed, what cannot change and why. Planner, engine and reports need nothing for a new one.
//! * **One writer per pool.** `UpdateUserPool` resets what it leaves out, so one task owns the pool's
//!   latest known body and lays patches over it (`aws/pool.rs`).
//! * **Secrets** are filled in just before a request ([`resource::Secret`], [`resource::Cleartext`])
//!   and have no printable form before that.

pub mod aws;
pub mod bundle;
pub mod cli;
pub mod engine;
pub mod local;
pub mod plan;
pub mod report;
pub mod resource;
pub mod spec;
