//! Values that must never be shown.

use std::fmt;

use serde_json::Value;

use super::mask::{self, MASK};

/// A text that is never printed: its `Debug` shows a mask and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text in; from now on no error and no line of the log shows it.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        mask::remember(&text);
        Self(text)
    }

    /// The text itself, for the request that needs it and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// A wanted state with every reference and secret filled in, on its way into a request.
///
/// It can be neither printed nor serialized; only [`Cleartext::read`] takes it apart.
#[derive(Clone)]
pub struct Cleartext(Value);

impl Cleartext {
    /// Takes a state in.
    pub fn new(state: Value) -> Self {
        Self(state)
    }

    /// Reads the state as a kind's own type.
    ///
    /// # Errors
    ///
    /// The path's name and the expected type, never the value.
    pub fn read<T: serde::de::DeserializeOwned>(self) -> Result<T, String> {
        serde_json::from_value(self.0).map_err(|error| match error.classify() {
            // serde's messages quote the offending value, which may be a secret.
            serde_json::error::Category::Data => {
                "a setting has another type than its kind expects".to_owned()
            }
            _ => "the state cannot be read".to_owned(),
        })
    }

    /// The state, for an in-memory cloud in tests and for overlaying.
    pub fn expose(&self) -> &Value {
        &self.0
    }
}

impl fmt::Debug for Cleartext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(cleartext)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let secret = Secret::new("hunter2");
        let state = Cleartext::new(serde_json::json!({ "password": "hunter2" }));
        assert!(!format!("{secret:?} {state:?}").contains("hunter2"));
    }

    #[test]
    fn a_mismatch_does_not_quote_the_value() {
        let error = Cleartext::new(serde_json::json!("hunter2")).read::<u32>().unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
