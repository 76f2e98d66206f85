//! Fills references in, as far as their values are known.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

use crate::resource::{Address, Cleartext, OutputValue, Outputs, Piece, Secret, Template};

use super::compare::Change;

/// What a reference stands for.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// A value that may be shown.
    Plain(String),
    /// A value that must not be shown.
    Secret(Secret),
    /// Known only after something was applied.
    Unknown,
    /// A secret that is missing or may not be read: not compared, and an error where it is needed.
    Missing(String),
}

impl Lookup {
    /// What a piece stands for: an output among those that are known; `other` answers the rest.
    pub fn of(
        piece: &Piece,
        known: &BTreeMap<Address, Outputs>,
        other: impl FnOnce(&Piece) -> Lookup,
    ) -> Self {
        let Piece::Output(reference) = piece else { return other(piece) };
        let outputs = known.get(&reference.address);
        match outputs.and_then(|outputs| outputs.get(&reference.output)) {
            Some(OutputValue::Plain(text)) => Self::Plain(text.clone()),
            Some(OutputValue::Secret(secret)) => Self::Secret(secret.clone()),
            None => Self::Unknown,
        }
    }
}

/// A wanted value with its references filled in, as far as they are known.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// AWS's default, enforced.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text that may be shown.
    Text(String),
    /// A text that must not be shown.
    Secret(Secret),
    /// A text that is known only after something was applied: what is known of it, as a template.
    Unknown(String),
    /// A text that holds a secret which cannot be had, and why.
    Missing(String),
    /// A list.
    List(Vec<Wanted>),
    /// A map.
    Map(BTreeMap<String, Wanted>),
}

/// Fills in a wanted state.
pub fn fill(want: &Value, lookup: &dyn Fn(&Piece) -> Lookup) -> Wanted {
    match want {
        Value::Null => Wanted::Null,
        Value::Bool(value) => Wanted::Bool(*value),
        Value::Number(number) => Wanted::Number(number.clone()),
        Value::String(text) => self::text(text, lookup),
        Value::Array(items) => Wanted::List(items.iter().map(|item| fill(item, lookup)).collect()),
        Value::Object(map) => {
            Wanted::Map(map.iter().map(|(key, below)| (key.clone(), fill(below, lookup))).collect())
        }
    }
}

fn text(text: &str, lookup: &dyn Fn(&Piece) -> Lookup) -> Wanted {
    // The file's texts were checked when it was read, so a text that is no template is taken as is.
    let Ok(template) = Template::parse(text) else { return Wanted::Text(text.to_owned()) };
    let mut filled = String::new();
    // The same with what is unknown or secret as it stands in the file: this may be shown.
    let mut partial = String::new();
    let (mut secret, mut unknown) = (false, false);
    for piece in template.pieces() {
        let found = match piece {
            Piece::Literal(literal) => Lookup::Plain(literal.clone()),
            other => lookup(other),
        };
        match found {
            Lookup::Plain(value) => {
                filled += &value;
                partial += &value;
            }
            Lookup::Secret(value) => {
                filled += value.expose();
                partial += &piece.to_string();
                secret = true;
            }
            Lookup::Unknown => {
                partial += &piece.to_string();
                unknown = true;
            }
            Lookup::Missing(why) => return Wanted::Missing(why),
        }
    }
    match (unknown, secret) {
        (true, _) => Wanted::Unknown(partial),
        (false, true) => Wanted::Secret(Secret::new(filled)),
        (false, false) => Wanted::Text(filled),
    }
}

impl Wanted {
    /// A live value as if it were wanted: it holds no references.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            Value::Object(map) => {
                Self::Map(map.iter().map(|(key, below)| (key.clone(), Self::of(below))).collect())
            }
        }
    }

    /// The state with everything known, ready for a request. Settings that are `null` stay so.
    ///
    /// # Errors
    ///
    /// What is missing, in words.
    pub fn cleartext(&self) -> Result<Cleartext, String> {
        self.exposed().map(Cleartext::new)
    }

    fn exposed(&self) -> Result<Value, String> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.clone()),
            Self::Secret(secret) => Value::String(secret.expose().to_owned()),
            Self::Unknown(template) => return Err(format!("`{template}` is not known yet")),
            Self::Missing(why) => return Err(why.clone()),
            Self::List(items) => {
                Value::Array(items.iter().map(Self::exposed).collect::<Result<_, _>>()?)
            }
            Self::Map(map) => {
                let pairs = map.iter().map(|(key, below)| Ok((key.clone(), below.exposed()?)));
                Value::Object(pairs.collect::<Result<_, String>>()?)
            }
        })
    }

    /// The value as it may be shown: secrets masked, unknown texts as their templates.
    pub fn shown(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) | Self::Unknown(text) => Value::String(text.clone()),
            Self::Secret(_) | Self::Missing(_) => Value::String("(sensitive)".to_owned()),
            Self::List(items) => items.iter().map(Self::shown).collect(),
            Self::Map(map) => {
                Value::Object(map.iter().map(|(key, below)| (key.clone(), below.shown())).collect())
            }
        }
    }

    /// Whether something below is known only later.
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::List(items) => items.iter().any(Self::is_unknown),
            Self::Map(map) => map.values().any(Self::is_unknown),
            _ => false,
        }
    }

    /// Whether something below cannot be had.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Missing(_) => true,
            Self::List(items) => items.iter().any(Self::is_missing),
            Self::Map(map) => map.values().any(Self::is_missing),
            _ => false,
        }
    }

    /// What a change of only some settings needs: without those that cannot be had and do not change.
    pub fn needed_for(self, changes: &[Change]) -> Self {
        let Self::Map(mut map) = self else { return self };
        let changes = |setting: &str| {
            changes.iter().any(|change| change.path.split('.').next() == Some(setting))
        };
        map.retain(|setting, wanted| !wanted.is_missing() || changes(setting));
        Self::Map(map)
    }

    /// Whether something below must not be shown.
    pub fn is_secret(&self) -> bool {
        match self {
            Self::Secret(_) | Self::Missing(_) => true,
            Self::List(items) => items.iter().any(Self::is_secret),
            Self::Map(map) => map.values().any(Self::is_secret),
            _ => false,
        }
    }
}
