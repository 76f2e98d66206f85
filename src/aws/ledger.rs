//! What a pool remembers, in its own tags, of the children that this stack made.
//!
//! App clients, groups, domains, resource servers and the like carry no tags. The ledger has a
//! fixed-width entry for each: one letter for the kind, six of a hash of the key in the file, five of
//! a hash of AWS's id, or `-----` for one that is about to be made.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::engine::CloudError;
use crate::resource::Address;

/// The tags of the ledger: this and a number.
const TAG: &str = "provision:ledger-";

/// Letters of one entry, and entries of one tag: a tag's value has at most 256 letters.
const WIDTH: usize = 12;
const PER_TAG: usize = 20;

/// The most tags that the ledger takes of the 50 that a pool may have.
const MOST_TAGS: usize = 30;

/// An id that is not known yet.
const PENDING: &str = "-----";

/// One child.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The letter of its kind.
    pub kind: char,
    /// The hash of its key.
    pub key: String,
    /// The hash of its id; none for one that is about to be made.
    pub id: Option<String>,
}

/// All children that a stack made in one pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger(BTreeSet<Entry>);

/// The letter of custom attributes. They are no resources of their own, and a pool does not tell who
/// made which: without their entries one that the file dropped could not be told from one made by
/// hand.
pub const ATTRIBUTE: char = 'a';

/// The letter of a kind; none for a kind that needs no ledger.
pub fn letter(kind: &str) -> Option<char> {
    match kind {
        "app_client" => Some('c'),
        "group" => Some('g'),
        "resource_server" => Some('r'),
        "domain" | "custom_domain" => Some('d'),
        "managed_login_branding" => Some('b'),
        _ => None,
    }
}

/// What the ledger hashes of an address: the key of the child; for what stands below a child, that
/// child's.
pub fn key(address: &Address) -> &str {
    match address.segments() {
        [_, _, key, ..] => key,
        _ => address.key(),
    }
}

/// The short hash of a key.
pub fn key_hash(key: &str) -> String {
    short(key, 6)
}

/// The short hash of an id.
pub fn id_hash(id: &str) -> String {
    short(id, 5)
}

/// The first letters of a hash, in 64 letters that every service takes in a tag.
fn short(text: &str, length: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=";
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(length).map(|byte| char::from(LETTERS[usize::from(byte % 64)])).collect()
}

impl Ledger {
    /// Reads the ledger of a pool's tags; entries that cannot be read are passed over.
    pub fn read(tags: &BTreeMap<String, String>) -> Self {
        let values = tags.iter().filter(|(key, _)| key.starts_with(TAG)).map(|(_, value)| value);
        let mut entries = BTreeSet::new();
        for value in values.filter(|value| value.is_ascii()) {
            for chunk in value.as_bytes().chunks_exact(WIDTH) {
                let text: String = chunk.iter().copied().map(char::from).collect();
                let (kind, rest) = text.split_at(1);
                let (key, id) = rest.split_at(6);
                let id = (id != PENDING).then(|| id.to_owned());
                entries.extend(kind.chars().map(|kind| Entry {
                    kind,
                    key: key.to_owned(),
                    id: id.clone(),
                }));
            }
        }
        Self(entries)
    }

    /// Reads the ledger of the tags in a pool's state.
    pub fn of(tags: &serde_json::Value) -> Self {
        let tags = tags.as_object().into_iter().flatten();
        let texts = tags.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
        Self::read(&texts.collect())
    }

    /// The ledger of exactly these children. The key's hash of one that is noted already stays: the
    /// key of a child that the file no longer names is not known.
    pub fn with(&self, children: &[(char, String, String)]) -> Self {
        let entry = |(kind, key, id): &(char, String, String)| Entry {
            kind: *kind,
            key: self.key_of(*kind, id).map_or_else(|| key_hash(key), str::to_owned),
            id: Some(id_hash(id)),
        };
        Self(children.iter().map(entry).collect())
    }

    /// The tags that hold it.
    pub fn tags(&self) -> BTreeMap<String, String> {
        let all: Vec<&Entry> = self.0.iter().collect();
        let spell = |entry: &&Entry| {
            let Entry { kind, key, id } = entry;
            format!("{kind}{key}{}", id.as_deref().unwrap_or(PENDING))
        };
        let tag = |(index, chunk): (usize, &[&Entry])| {
            (format!("{TAG}{index}"), chunk.iter().map(spell).collect())
        };
        all.chunks(PER_TAG).enumerate().map(tag).collect()
    }

    /// Whether the tag is one of a ledger.
    pub fn is_tag(key: &str) -> bool {
        key.starts_with(TAG)
    }

    /// The key's hash of the child with this id.
    pub fn key_of(&self, kind: char, id: &str) -> Option<&str> {
        let id = id_hash(id);
        let of = |entry: &&Entry| entry.kind == kind && entry.id.as_ref() == Some(&id);
        self.0.iter().find(of).map(|entry| entry.key.as_str())
    }

    /// Whether there is an entry of this kind at all.
    pub fn has(&self, kind: char) -> bool {
        self.0.iter().any(|entry| entry.kind == kind)
    }

    /// Whether there is an entry of this key.
    pub fn has_key(&self, kind: char, key: &str) -> bool {
        let key = key_hash(key);
        self.0.iter().any(|entry| entry.kind == kind && entry.key == key)
    }

    /// Whether a child of this key is about to be made, or was made without having been noted.
    pub fn is_pending(&self, kind: char, key: &str) -> bool {
        self.0.contains(&Entry { kind, key: key_hash(key), id: None })
    }

    /// Notes that a child is about to be made: the first of its key, or one that replaces it.
    pub fn intend(&mut self, kind: char, key: &str) {
        self.0.insert(Entry { kind, key: key_hash(key), id: None });
    }

    /// Notes that a child was made. One that it replaces stays until it is gone.
    pub fn made(&mut self, kind: char, key: &str, id: &str) {
        self.forget_pending(kind, key);
        self.0.insert(Entry { kind, key: key_hash(key), id: Some(id_hash(id)) });
    }

    /// Notes that a child is gone.
    pub fn gone(&mut self, kind: char, id: &str) {
        let id = id_hash(id);
        self.0.retain(|entry| entry.kind != kind || entry.id.as_ref() != Some(&id));
    }

    /// Forgets intents that came to nothing.
    pub fn forget_pending(&mut self, kind: char, key: &str) {
        self.0.remove(&Entry { kind, key: key_hash(key), id: None });
    }

    /// Checks that two keys or ids do not look the same, and that it all fits beside other tags.
    ///
    /// # Errors
    ///
    /// What to rename or to remove.
    pub fn check<'k>(
        children: impl Iterator<Item = (char, &'k str)>,
        other_tags: usize,
    ) -> Result<(), CloudError> {
        let mut seen: BTreeMap<(char, String), &str> = BTreeMap::new();
        for (kind, key) in children {
            if let Some(other) = seen.insert((kind, key_hash(key)), key) {
                let message = format!("the keys `{other}` and `{key}` have the same short hash");
                return Err(CloudError::new(message).help("rename one of them"));
            }
        }
        let tags = seen.len().div_ceil(PER_TAG);
        if tags > MOST_TAGS.min(50_usize.saturating_sub(other_tags)) {
            let message = format!("{} children of the pool do not fit its tags", seen.len());
            return Err(CloudError::new(message).help("declare fewer of them, or fewer tags"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut ledger = Ledger::default();
        for n in 0..50 {
            ledger.intend('c', &format!("key{n}"));
        }
        ledger.made('c', "key7", "abc123");
        let tags = ledger.tags();
        assert_eq!(tags.len(), 3);
        assert!(tags.values().all(|value| value.len() <= 256));
        assert_eq!(Ledger::read(&tags), ledger);
        assert_eq!(ledger.key_of('c', "abc123"), Some(key_hash("key7").as_str()));
    }

    #[test]
    fn a_child_goes_from_intent_to_made_to_gone() {
        let mut ledger = Ledger::default();
        ledger.intend('g', "ADMIN");
        assert!(ledger.is_pending('g', "ADMIN"));
        ledger.made('g', "ADMIN", "ADMIN");
        assert!(!ledger.is_pending('g', "ADMIN"));
        ledger.gone('g', "ADMIN");
        assert_eq!(ledger, Ledger::default());
    }

    #[test]
    fn what_stands_below_a_child_is_noted_under_the_childs_key() {
        let key_of = |segments: &[&str]| key(&Address::new(segments.iter().copied())).to_owned();
        assert_eq!(key_of(&["user_pool", "app_clients", "web"]), "web");
        assert_eq!(key_of(&["user_pool", "app_clients", "web", "managed_login_branding"]), "web");
        assert_eq!(key_of(&["user_pool", "custom_domain"]), "custom_domain");
    }

    #[test]
    fn a_replacement_keeps_the_old_one_until_it_is_gone() {
        let mut ledger = Ledger::default();
        ledger.made('c', "web", "old");
        ledger.intend('c', "web");
        assert!(ledger.is_pending('c', "web") && ledger.key_of('c', "old").is_some());
        ledger.made('c', "web", "new");
        assert!(!ledger.is_pending('c', "web"));
        assert!(ledger.key_of('c', "old").is_some() && ledger.key_of('c', "new").is_some());
        ledger.gone('c', "old");
        assert!(ledger.key_of('c', "old").is_none() && ledger.key_of('c', "new").is_some());
    }

    #[test]
    fn what_a_broken_run_left_is_put_right() {
        let mut ledger = Ledger::default();
        ledger.intend('c', "web");
        ledger.intend('g', "NEVER_MADE");
        ledger.made('c', "old", "id-of-old");
        let owned = [
            ('c', "web".to_owned(), "id-of-web".to_owned()),
            ('c', "shown as old".to_owned(), "id-of-old".to_owned()),
        ];
        let right = ledger.with(&owned);
        assert_eq!(right.key_of('c', "id-of-web"), Some(key_hash("web").as_str()));
        assert_eq!(right.key_of('c', "id-of-old"), Some(key_hash("old").as_str()));
        assert!(!right.is_pending('g', "NEVER_MADE") && !right.is_pending('c', "web"));
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let keys: Vec<String> = (0..700).map(|n| format!("client{n}")).collect();
        assert!(Ledger::check(keys.iter().map(|key| ('c', key.as_str())), 5).is_err());
        assert!(Ledger::check(keys.iter().take(60).map(|key| ('c', key.as_str())), 45).is_ok());
        let same = [('c', "x"), ('c', "x")];
        assert!(Ledger::check(same.into_iter(), 0).is_err());
    }
}
