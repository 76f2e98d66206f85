//! A stack file as a tree of values, each with the place it comes from.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

use crate::resource::Address;

/// A range of bytes in one of the files read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Place {
    /// Index into [`super::Sources`].
    pub file: usize,
    /// Bytes in that file.
    pub range: Range<usize>,
}

/// One value of the file and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it stands; for an alias, where it is used.
    pub at: Place,
    /// What it is.
    pub value: NodeValue,
}

/// What a [`Node`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeValue {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number and its spelling in the file: an account id keeps its leading zero.
    Number(serde_json::Number, String),
    /// Any other scalar.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the file's order.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The key.
    pub text: String,
    /// Where it stands.
    pub at: Place,
}

impl Node {
    /// The value under `key`, where this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, node)| node)
    }

    /// The key and the value under `key`.
    pub fn entry(&self, key: &str) -> Option<&(Key, Node)> {
        self.entries().iter().find(|(k, _)| k.text == key)
    }

    /// The entries of a mapping; none for anything else.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.value {
            NodeValue::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The value at a path of keys and list indexes.
    pub fn find<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Option<&Node> {
        path.into_iter().try_fold(self, |node, step| match &node.value {
            NodeValue::List(items) => step.parse::<usize>().ok().and_then(|i| items.get(i)),
            _ => node.get(step),
        })
    }

    /// The place of the key that declares `address`, else of the nearest one above it.
    pub fn place_of(&self, address: &Address) -> Place {
        let mut place = Place { file: self.at.file, range: 0..0 };
        let mut node = self;
        for segment in address.segments() {
            let Some((key, below)) = node.entry(segment) else { break };
            place = key.at.clone();
            node = below;
        }
        place
    }

    /// The text of a scalar as it is spelled; none for `null`, lists and mappings.
    pub fn scalar(&self) -> Option<String> {
        match &self.value {
            NodeValue::Bool(value) => Some(value.to_string()),
            NodeValue::Number(_, spelling) => Some(spelling.clone()),
            NodeValue::Text(text) => Some(text.clone()),
            NodeValue::Null | NodeValue::List(_) | NodeValue::Map(_) => None,
        }
    }

    /// What a reader calls a value like this.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            NodeValue::Null => "null",
            NodeValue::Bool(_) => "true or false",
            NodeValue::Number(..) => "a number",
            NodeValue::Text(_) => "a text",
            NodeValue::List(_) => "a list",
            NodeValue::Map(_) => "a mapping",
        }
    }

    /// The same value without places.
    pub fn to_json(&self) -> Value {
        match &self.value {
            NodeValue::Null => Value::Null,
            NodeValue::Bool(value) => Value::Bool(*value),
            NodeValue::Number(number, _) => Value::Number(number.clone()),
            NodeValue::Text(text) => Value::String(text.clone()),
            NodeValue::List(items) => items.iter().map(Node::to_json).collect(),
            NodeValue::Map(entries) => {
                Value::Object(entries.iter().map(|(k, n)| (k.text.clone(), n.to_json())).collect())
            }
        }
    }

    /// Sets the file that this node and all below it come from, and their numbers' spelling.
    pub(super) fn settle(&mut self, file: usize, text: &str) {
        self.at.file = file;
        match &mut self.value {
            NodeValue::Number(_, spelling) => {
                let written = text.get(self.at.range.clone()).unwrap_or_default();
                // An alias stands for the number but does not spell it.
                if written.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
                    *spelling = written.to_owned();
                }
            }
            NodeValue::List(items) => items.iter_mut().for_each(|item| item.settle(file, text)),
            NodeValue::Map(entries) => {
                for (key, node) in entries {
                    key.at.file = file;
                    node.settle(file, text);
                }
            }
            NodeValue::Null | NodeValue::Bool(_) | NodeValue::Text(_) => {}
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Spanned::<NodeValue>::deserialize(deserializer)?;
        Ok(Self { at: place(&read), value: read.value })
    }
}

impl<'de> Deserialize<'de> for NodeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

fn place<T>(read: &Spanned<T>) -> Place {
    let span = read.referenced.span();
    let byte = |n: Option<u64>| usize::try_from(n.unwrap_or(0)).unwrap_or(0);
    let start = byte(span.byte_offset());
    Place { file: 0, range: start..start + byte(span.byte_len()) }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = NodeValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<NodeValue, E> {
        Ok(NodeValue::Null)
    }

    fn visit_none<E>(self) -> Result<NodeValue, E> {
        Ok(NodeValue::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<NodeValue, D::Error> {
        NodeValue::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<NodeValue, E> {
        Ok(NodeValue::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<NodeValue, E> {
        Ok(NodeValue::Number(value.into(), value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<NodeValue, E> {
        Ok(NodeValue::Number(value.into(), value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<NodeValue, E> {
        // `.inf` and `.nan` are numbers in YAML and in nothing that AWS takes.
        Ok(match serde_json::Number::from_f64(value) {
            Some(number) => NodeValue::Number(number, value.to_string()),
            None => NodeValue::Text(value.to_string()),
        })
    }

    fn visit_str<E>(self, value: &str) -> Result<NodeValue, E> {
        Ok(NodeValue::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<NodeValue, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(NodeValue::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<NodeValue, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key::<Spanned<String>>()? {
            let at = place(&key);
            map.push((Key { text: key.value, at }, entries.next_value()?));
        }
        Ok(NodeValue::Map(map))
    }
}
