//! Plans, endings and problems as text, Markdown, HTML and JSON. Dumb renderers of what others computed: nothing here
//! decides, reads or prints.

pub mod html;
pub mod json;
pub mod markdown;
pub mod model;
pub mod outputs;
pub mod problems;
pub mod progress;
pub mod refusals;
pub mod rows;
pub mod style;
pub mod text;

#[cfg(test)]
mod made;
