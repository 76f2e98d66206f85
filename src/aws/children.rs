//! Whose the children of a user pool are, and where the file has them.
//!
//! App clients and groups carry no tags; the pool's ledger says which ones this stack made. Pure, but
//! for the names, which may hold references.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::CloudError;
use crate::resource::{Address, Live, Ownership};

use super::kind::Scope;
use super::ledger::{self, Ledger};

/// A child as AWS lists it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Child {
    /// Its name.
    pub name: String,
    /// Its id; of some kinds the name.
    pub id: String,
}

/// A child that the file declares.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Its key in the file, and the one that it had before.
    pub keys: Vec<String>,
    /// Its name in AWS, where it is known already.
    pub name: Option<String>,
}

/// Where a child belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belongs {
    /// The address that the file gives it, or would.
    pub address: Address,
    /// Whose it is.
    pub ownership: Ownership,
    /// The key under which the ledger has it, or is to have it.
    pub key: String,
}

impl Expected {
    /// Its key in the file.
    fn key(&self) -> &str {
        self.keys.first().map_or("", String::as_str)
    }
}

/// All children of one kind in one pool.
pub struct Family {
    /// The address of the mapping in which the file declares them.
    pub place: Address,
    /// What stands before the key in a name that the file does not give.
    pub prefix: String,
    /// The letter of the kind in the ledger; none for a kind that has no entries there.
    pub letter: Option<char>,
    /// What the pool remembers.
    pub ledger: Ledger,
    /// The ids of children that are to be taken over, by key.
    pub adopt: BTreeMap<String, String>,
}

/// The declared children of a kind, with their names as far as they are known.
pub fn expected(scope: Scope<'_>) -> Vec<Expected> {
    let expected = |declared: &crate::resource::Declared| Expected {
        keys: declared.keys().map(str::to_owned).collect(),
        name: (!declared.name.contains("${")).then(|| declared.name.clone()),
    };
    scope.own().map(expected).collect()
}

impl Family {
    /// The family of `kind` below a live pool.
    pub fn of(kind: &str, segment: &str, prefix: String, pool: &Live) -> Self {
        Self {
            place: pool.address.child(segment),
            prefix,
            letter: ledger::letter(kind),
            ledger: Ledger::of(&pool.state["user_pool_tags"]),
            adopt: BTreeMap::new(),
        }
    }

    /// The same where children are to be taken over by their ids.
    pub fn adopting(mut self, adopt: &BTreeMap<Address, Option<String>>) -> Self {
        let ours = adopt.iter().filter(|(address, _)| {
            address.is_within(&self.place)
                && address.segments().len() == self.place.segments().len() + 1
        });
        let by_id = ours.filter_map(|(address, id)| Some((address.key().to_owned(), id.clone()?)));
        self.adopt = by_id.collect();
        self
    }

    /// Says of every child whose it is: by id.
    ///
    /// A child in the ledger is ours. One that is not, but has the name of a declared child that is
    /// nowhere else, is taken over; so is one that was about to be made when a run broke off.
    /// Everything else is somebody else's.
    ///
    /// # Errors
    ///
    /// Two children that may both be the declared one.
    pub fn resolve(
        &self,
        expected: &[Expected],
        mut children: Vec<Child>,
    ) -> Result<BTreeMap<String, Belongs>, CloudError> {
        children.sort();
        let declared = self.declared(expected, &children)?;
        let mut used: BTreeSet<Address> =
            expected.iter().map(|expected| self.place.child(expected.key())).collect();
        let mut all = BTreeMap::new();
        for child in &children {
            let belongs = match declared.get(child.id.as_str()) {
                Some(expected) => self.belongs(expected, child),
                None => self.undeclared(child, expected, &children, &mut used),
            };
            all.insert(child.id.clone(), belongs);
        }
        Ok(all)
    }

    /// The key's hash under which the ledger has a child.
    fn noted(&self, child: &Child) -> Option<&str> {
        self.letter.and_then(|letter| self.ledger.key_of(letter, &child.id))
    }

    fn is_pending(&self, key: &str) -> bool {
        self.letter.is_some_and(|letter| self.ledger.is_pending(letter, key))
    }

    /// Where a declared child belongs.
    fn belongs(&self, expected: &Expected, child: &Child) -> Belongs {
        let noted = self.noted(child);
        let under = |key: &&String| noted == Some(ledger::key_hash(key).as_str());
        let key = expected.keys.iter().find(under).map_or(expected.key(), String::as_str);
        let by_id = self.adopt.get(expected.key()) == Some(&child.id);
        let ownership = if by_id && noted.is_none() { Ownership::Adopted } else { Ownership::Ours };
        Belongs { address: self.place.child(expected.key()), ownership, key: key.to_owned() }
    }

    /// The children that the file declares, by id.
    fn declared<'a>(
        &self,
        expected: &'a [Expected],
        children: &'a [Child],
    ) -> Result<BTreeMap<&'a str, &'a Expected>, CloudError> {
        let mut found: BTreeMap<&str, &Expected> = BTreeMap::new();
        let mut open = Vec::new();
        for expected in expected {
            let hashes: Vec<String> =
                expected.keys.iter().map(|key| ledger::key_hash(key)).collect();
            let noted = |child: &&Child| {
                self.noted(child).is_some_and(|noted| hashes.iter().any(|hash| hash == noted))
            };
            // Ids whose short hashes are the same are told apart by the name.
            let named = |child: &&Child| Some(&child.name) == expected.name.as_ref();
            let mut all = children.iter().filter(noted);
            match all.clone().find(named).or_else(|| all.next()) {
                Some(child) => drop(found.insert(&child.id, expected)),
                None => open.push(expected),
            }
        }
        for expected in open {
            if let Some(child) = self.candidate(expected, children, &found)? {
                found.insert(&child.id, expected);
            }
        }
        Ok(found)
    }

    /// The one child outside the ledger that may be the declared one.
    fn candidate<'a>(
        &self,
        expected: &Expected,
        children: &'a [Child],
        found: &BTreeMap<&str, &Expected>,
    ) -> Result<Option<&'a Child>, CloudError> {
        if let Some(id) = self.adopt.get(expected.key()) {
            let adopted = children.iter().find(|child| child.id == *id);
            if let Some(adopted) = adopted.filter(|child| self.noted(child).is_none()) {
                return Ok(Some(adopted));
            }
        }
        let free =
            |child: &&Child| self.noted(child).is_none() && !found.contains_key(child.id.as_str());
        let of_name = |name: &str| -> Vec<&Child> {
            children.iter().filter(free).filter(|child| child.name == name).collect()
        };
        let mut candidates = expected.name.as_deref().map(&of_name).unwrap_or_default();
        if candidates.is_empty() && self.is_pending(expected.key()) {
            // Made under its default name by a run that broke off before it could note so.
            candidates = of_name(&format!("{}{}", self.prefix, expected.key()));
        }
        if let [first, second, ..] = candidates[..] {
            let message = format!(
                "{}: `{}` and `{}` both have the name `{}`, and neither is known to be this stack's",
                self.place.child(expected.key()),
                first.id,
                second.id,
                first.name
            );
            let help = format!(
                "`--adopt '{}=ID'` names the one; or remove or rename the other",
                self.place.child(expected.key())
            );
            return Err(CloudError::new(message).help(help));
        }
        Ok(candidates.first().copied())
    }

    /// Whose a child is that the file does not declare.
    fn undeclared(
        &self,
        child: &Child,
        expected: &[Expected],
        children: &[Child],
        used: &mut BTreeSet<Address>,
    ) -> Belongs {
        let key = child.name.strip_prefix(&self.prefix);
        let is_declared = |hash: &str| {
            expected.iter().flat_map(|e| &e.keys).any(|key| ledger::key_hash(key) == hash)
        };
        let is_only = || children.iter().filter(|other| other.name == child.name).count() == 1;
        let (segment, ownership) = match (self.noted(child), key) {
            (Some(hash), Some(key)) if ledger::key_hash(key) == hash && !is_declared(hash) => {
                (key, Ownership::Ours)
            }
            // Also one whose key is declared: a replacement broke off before the old one went.
            (Some(_), _) => (child.name.as_str(), Ownership::Ours),
            // Where the key is declared, the declared one is noted, and a replacement broke off before
            // the new one was.
            (None, Some(key))
                if self.is_pending(key) && (is_declared(&ledger::key_hash(key)) || is_only()) =>
            {
                (key, Ownership::Ours)
            }
            _ => (child.name.as_str(), Ownership::Unowned),
        };
        let mut address = self.place.child(segment);
        if segment.is_empty() || !used.insert(address.clone()) {
            address = self.place.child(&format!("{segment}-{}", child.id));
            used.insert(address.clone());
        }
        Belongs { address, ownership, key: segment.to_owned() }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! What the tests of all children share.

    use serde_json::{Value, json};

    use super::*;
    use crate::aws::kind::{AnyKind, Kind, Registered};
    use crate::plan::{self, Plan};
    use crate::resource::{Declared, Outputs};
    use crate::spec::Stack;

    /// A live pool `p_1` with these settings.
    pub(crate) fn pool(state: Value) -> Live {
        Live {
            address: Address::new(["user_pool"]),
            kind: "user_pool",
            id: "p_1".to_owned(),
            state,
            outputs: Outputs::plain([("id", "p_1".to_owned())]),
            ownership: Ownership::Ours,
        }
    }

    /// The same with a ledger.
    pub(crate) fn pool_with(ledger: &Ledger) -> Live {
        pool(json!({ "user_pool_tags": ledger.tags() }))
    }

    /// A stack `demo` with this pool.
    pub(crate) fn stack(pool: Value) -> Stack {
        serde_json::from_value(json!({ "stack": "demo", "user_pool": pool })).unwrap()
    }

    /// Fills `${user_pool.id}` in.
    pub(crate) fn filled(mut declared: Vec<Declared>) -> Vec<Declared> {
        for declared in &mut declared {
            declared.want["user_pool_id"] = json!("p_1");
        }
        declared
    }

    /// What a kind is to be made with, as it is handed to its `create`.
    pub(crate) fn wanted<K: Kind>(declared: &Declared) -> K::State {
        let want = plan::overlay(&json!({}), &declared.want, K::FIELDS);
        serde_json::from_value(want).unwrap()
    }

    /// The plan of one kind alone.
    pub(crate) fn plan<K: Kind>(declared: Vec<Declared>, live: Vec<Live>) -> Plan {
        let kinds = [(K::NAME, Registered::<K>::new().info())].into();
        let lookup = |_: &crate::resource::Piece| plan::Lookup::Unknown;
        let subject = plan::Subject { declared, live, kinds: &kinds, lookup: &lookup };
        plan::build(subject, &plan::Options::default()).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(ledger: Ledger) -> Family {
        let place = Address::new(["user_pool", "app_clients"]);
        let adopt = BTreeMap::new();
        Family { place, prefix: "demo-".to_owned(), letter: Some('c'), ledger, adopt }
    }

    fn expect(key: &str, name: &str) -> Expected {
        Expected { keys: vec![key.to_owned()], name: Some(name.to_owned()) }
    }

    fn child(id: &str, name: &str) -> Child {
        Child { id: id.to_owned(), name: name.to_owned() }
    }

    /// Each child's id, the end of its address, and whether it is ours.
    fn resolve(ledger: Ledger, expected: &[Expected], children: &[Child]) -> Vec<String> {
        let all = family(ledger).resolve(expected, children.to_vec()).unwrap();
        let line = |(id, belongs): (String, Belongs)| {
            let whose = if belongs.ownership == Ownership::Ours { "ours" } else { "foreign" };
            format!("{id} {} {whose}", belongs.address.key())
        };
        all.into_iter().map(line).collect()
    }

    fn made(children: &[(&str, &str)]) -> Ledger {
        let mut ledger = Ledger::default();
        children.iter().for_each(|(key, id)| ledger.made('c', key, id));
        ledger
    }

    #[test]
    fn a_child_in_the_ledger_is_ours_whatever_its_name() {
        let ledger = made(&[("web", "1")]);
        let children = [child("1", "renamed by hand"), child("2", "demo-web")];
        let found = resolve(ledger, &[expect("web", "demo-web")], &children);
        assert_eq!(found, ["1 web ours", "2 demo-web foreign"]);
    }

    #[test]
    fn a_child_in_the_ledger_that_is_no_longer_declared_is_ours_under_its_own_name() {
        let ledger = made(&[("old", "1"), ("other", "2")]);
        let found = resolve(ledger, &[], &[child("1", "demo-old"), child("2", "Own name")]);
        assert_eq!(found, ["1 old ours", "2 Own name ours"]);
    }

    #[test]
    fn a_declared_name_that_is_there_once_is_taken_over() {
        let found = resolve(
            made(&[("web", "long gone")]),
            &[expect("web", "demo-web")],
            &[child("1", "demo-web")],
        );
        assert_eq!(found, ["1 web ours"]);
    }

    #[test]
    fn a_declared_name_that_is_there_twice_is_an_error_that_names_both() {
        let children = vec![child("1a", "demo-web"), child("2b", "demo-web")];
        let expected = [expect("web", "demo-web")];
        let error = family(Ledger::default()).resolve(&expected, children).unwrap_err();
        assert!(error.message.contains("`1a` and `2b`"), "{error}");
    }

    #[test]
    fn what_was_about_to_be_made_is_ours_declared_or_not() {
        let mut ledger = Ledger::default();
        ledger.intend('c', "old");
        ledger.intend('c', "web");
        let expected = [expect("web", "A new name")];
        let found =
            resolve(ledger.clone(), &expected, &[child("1", "demo-old"), child("2", "demo-web")]);
        assert_eq!(found, ["1 old ours", "2 web ours"]);
        let twice = [child("1", "demo-old"), child("2", "demo-old")];
        let found = resolve(ledger, &[], &twice);
        assert_eq!(found, ["1 demo-old foreign", "2 demo-old-2 foreign"], "either may be");
    }

    #[test]
    fn somebody_elses_child_never_gets_a_declared_address() {
        let ledger = made(&[("web", "1")]);
        let children = [child("1", "demo-web"), child("2", "web"), child("3", "web")];
        let found = resolve(ledger, &[expect("web", "demo-web")], &children);
        assert_eq!(found, ["1 web ours", "2 web-2 foreign", "3 web-3 foreign"]);
    }

    #[test]
    fn what_was_known_under_the_key_before_is_the_declared_one() {
        let renamed = Expected {
            keys: vec!["site".to_owned(), "web".to_owned()],
            name: Some("demo-site".to_owned()),
        };
        let all = family(made(&[("web", "1")])).resolve(&[renamed], vec![child("1", "demo-web")]);
        let belongs = &all.unwrap()["1"];
        assert_eq!((belongs.address.key(), belongs.key.as_str()), ("site", "web"));
    }

    #[test]
    fn a_child_of_any_name_is_taken_over_by_its_id() {
        let adopt = [("web".to_owned(), "2".to_owned())].into();
        let family = Family { adopt, ..family(Ledger::default()) };
        let children = vec![child("1", "demo-web"), child("2", "By hand")];
        let all = family.resolve(&[expect("web", "demo-web")], children).unwrap();
        assert_eq!(all["2"].ownership, Ownership::Adopted);
        assert_eq!(all["2"].address.key(), "web");
        assert_eq!(all["1"].ownership, Ownership::Unowned);
    }

    #[test]
    fn a_name_that_is_not_known_yet_takes_nothing_over() {
        let expected = [Expected { keys: vec!["web".to_owned()], name: None }];
        let found = resolve(Ledger::default(), &expected, &[child("1", "demo-web")]);
        assert_eq!(found, ["1 demo-web foreign"]);
    }
}
