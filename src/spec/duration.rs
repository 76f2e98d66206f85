//! Durations: `30s`, `15m`, `8h`, `30d`.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::resource::duration_text;

/// A length of time in whole seconds. The file always writes the unit: `30s`, `15m`, `8h`, `30d`.
///
/// In a state it is the number of seconds, so that `60m` and `1h` are equal.
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub u32);

/// The pattern of a duration in the file.
const PATTERN: &str = "^[0-9]{1,8}(s|m|h|d)$";

impl Duration {
    /// Whole minutes, rounded down.
    pub fn minutes(self) -> u32 {
        self.0 / 60
    }
}

impl FromStr for Duration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is not a duration: write a number and s, m, h or d");
        let seconds = match text.char_indices().last().ok_or_else(bad)?.1 {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(bad()),
        };
        let number: u32 = text[..text.len() - 1].parse().map_err(|_| bad())?;
        number.checked_mul(seconds).map(Self).ok_or_else(bad)
    }
}

impl fmt::Display for Duration {
    /// Writes it in the largest unit that is exact.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&duration_text(self.0.into()))
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.0)
    }
}

impl<'de> Deserialize<'de> for Duration {
    /// Reads the file's form and the state's.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl serde::de::Visitor<'_> for Either {
            type Value = Duration;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration, as 30s")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Duration, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<Duration, E> {
                u32::try_from(seconds).map(Duration).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": PATTERN,
            "description": "A length of time with its unit: 30s, 15m, 8h, 30d.",
            "x-expected": "a duration with its unit, as `30s`, `15m`, `8h` or `30d`",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lengths_are_equal_whatever_their_unit() {
        assert_eq!("60m".parse::<Duration>(), "1h".parse());
        assert_eq!("24h".parse::<Duration>().unwrap().to_string(), "1d");
    }

    #[test]
    fn a_number_without_a_unit_is_no_duration() {
        for text in ["", "15", "m", "1w", "-1s", "1.5h", "99999999d"] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
    }
}
