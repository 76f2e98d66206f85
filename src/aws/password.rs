//! Where a user's password comes from, and passwords that are made here.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::engine::CloudError;
use crate::resource::{Secret, escape};
use crate::spec::stack;

use super::Environment;

/// The shortest password that is made here.
const SHORTEST: u8 = 20;

/// The letters of each class, without those that look alike (`0`, `O`, `o`, `1`, `l`, `I`), and
/// without symbols that a shell, a dotenv file or a command line reads as something else.
const CLASSES: [&[u8]; 4] =
    [b"abcdefghijkmnpqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"%_.:/,^"];

/// Where a password comes from, as a wanted state holds it. Its `Debug` shows none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The password itself: the reference of the file, filled in.
    #[serde(default, deserialize_with = "secret")]
    reference: Option<Secret>,
    /// The environment variable that holds it.
    env: Option<String>,
    /// Whether one is made where the variable is not set.
    #[serde(default)]
    generate: bool,
    /// The length of one that is made.
    #[serde(default)]
    length: u8,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
}

/// A password that is about to be set.
pub struct Password {
    /// The password.
    pub secret: Secret,
    /// Whether it was made here, so that nobody knows it yet.
    pub is_new: bool,
}

/// What the file says of a password, as a [`Source`]; `least` letters are what the pool asks for.
pub fn declared(password: &stack::Password, least: u8) -> Value {
    match password {
        stack::Password::Reference(template) => json!({ "reference": template }),
        stack::Password::Source(stack::PasswordSource { env, otherwise }) => json!({
            "env": env.as_deref().map(escape),
            "generate": otherwise.is_some(),
            "length": least.max(SHORTEST),
        }),
    }
}

impl Source {
    /// The password of the user `name`.
    ///
    /// # Errors
    ///
    /// A variable that is not set, or empty, where none is to be made.
    pub fn password(&self, name: &str, environment: &Environment) -> Result<Password, CloudError> {
        let Self { reference, env, generate, length } = self;
        let variable = || env.as_deref().and_then(|name| environment(name));
        let given = reference.clone().or_else(|| variable().map(Secret::new));
        if let Some(secret) = given.filter(|secret| !secret.expose().is_empty()) {
            return Ok(Password { secret, is_new: false });
        }
        if *generate {
            return Ok(Password { secret: self::generate(usize::from(*length))?, is_new: true });
        }
        Err(match env {
            Some(variable) => CloudError::new(format!(
                "the environment variable `{variable}` with the password of `{name}` is not set"
            ))
            .help("set it, or add `else: generate`"),
            None => CloudError::new(format!("the password of `{name}` is empty")),
        })
    }
}

/// Makes a password of at least one letter of each class.
///
/// Every such password of this length is as likely as any other: one without a class is thrown
/// away. `length` must be 4 or more.
///
/// # Errors
///
/// An operating system that gives no random numbers.
fn generate(length: usize) -> Result<Secret, CloudError> {
    let alphabet = CLASSES.concat();
    loop {
        let mut letters = Vec::with_capacity(length);
        while letters.len() < length {
            let mut random = [0; 64];
            getrandom::fill(&mut random)
                .map_err(|error| CloudError::new(format!("no random numbers: {error}")))?;
            let missing = length - letters.len();
            letters.extend(random.iter().filter_map(|byte| letter(&alphabet, *byte)).take(missing));
        }
        if CLASSES.iter().all(|class| letters.iter().any(|letter| class.contains(letter))) {
            return Ok(Secret::new(letters.into_iter().map(char::from).collect::<String>()));
        }
    }
}

/// The letter of a random byte; none for the last bytes, which would favour the first letters.
fn letter(alphabet: &[u8], byte: u8) -> Option<u8> {
    let byte = usize::from(byte);
    let even = 256 - 256 % alphabet.len();
    (byte < even).then(|| alphabet[byte % alphabet.len()])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_password_has_its_length_and_every_class_and_no_look_alikes() {
        for length in [6, 20, 99, 256] {
            for _ in 0..50 {
                let password = generate(length).unwrap();
                let text = password.expose();
                assert_eq!(text.len(), length);
                for class in CLASSES {
                    assert!(text.bytes().any(|letter| class.contains(&letter)), "{text}");
                }
                assert!(!text.contains(['0', 'O', 'o', '1', 'l', 'I', '|', ' ']), "{text}");
            }
        }
    }

    #[test]
    fn no_two_passwords_are_the_same() {
        let all: BTreeSet<String> =
            (0..500).map(|_| generate(20).unwrap().expose().to_owned()).collect();
        assert_eq!(all.len(), 500);
    }

    #[test]
    fn every_letter_is_as_likely_as_any_other() {
        let alphabet = CLASSES.concat();
        let count = |letter| (0..=255).filter(|b| super::letter(&alphabet, *b) == letter).count();
        let counts: BTreeSet<usize> = alphabet.iter().map(|letter| count(Some(*letter))).collect();
        assert_eq!(counts.len(), 1, "{counts:?}");
    }
}
