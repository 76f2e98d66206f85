//! Whether an IAM policy allows more than another one.
//!
//! "Wider" is said only with a witness: a request that the new policy allows and the old one does
//! not. "Not wider" is said only where everything that the new one allows is covered by what the old
//! one allows, and everything that the old one denies by what the new one denies. All else is doubt,
//! and is called changed.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::policy::normal_form;

/// How a policy compares with the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It allows nothing that was not allowed.
    NotWider,
    /// It allows these: actions by what they are allowed on.
    Wider(BTreeMap<String, Vec<String>>),
    /// It may allow more: why that cannot be told.
    Doubt(&'static str),
}

/// Compares two policy documents; none is one that says nothing.
pub fn compare(before: Option<&Value>, after: Option<&Value>) -> Verdict {
    let (Some(before), Some(after)) = (Policy::read(before), Policy::read(after)) else {
        return Verdict::Doubt("it cannot be read as a policy");
    };
    if before.version != after.version && (before.has_variables || after.has_variables) {
        return Verdict::Doubt("its version changes, and so what its variables mean");
    }
    let mut wider: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut doubt = None;
    for grant in &after.allows {
        if before.allows.iter().any(|old| old.statement == grant.statement) {
            continue;
        }
        if grant.is_opaque {
            doubt = Some("it allows all but some things");
            continue;
        }
        for (action, target) in grant.atoms() {
            if before.allows.iter().any(|old| old.covers(action, target, grant)) {
                continue;
            }
            match is_new(&before, &after, grant, action, target) {
                true => wider.entry(target.clone()).or_default().push(action.clone()),
                false => doubt = Some("its conditions, exceptions or references changed"),
            }
        }
    }
    if !wider.is_empty() {
        return Verdict::Wider(wider);
    }
    if let Some(doubt) = doubt {
        return Verdict::Doubt(doubt);
    }
    let still_denied = |old: &Grant| {
        after.denies.iter().any(|new| new.statement == old.statement)
            || (!old.is_opaque
                && old.atoms().all(|(action, target)| {
                    after.denies.iter().any(|new| new.covers(action, target, old))
                }))
    };
    match before.denies.iter().all(still_denied) {
        true => Verdict::NotWider,
        false => Verdict::Doubt("it denies less"),
    }
}

/// Whether a request that stands for one action on one target was surely not allowed, and now is.
fn is_new(before: &Policy, after: &Policy, grant: &Grant, action: &str, target: &str) -> bool {
    let request = (instance(action), instance(target));
    // What a target will be may not be known yet: then its action must be new.
    let open = has_reference(target);
    let touches = |other: &Grant| {
        other.is_opaque
            || (other.actions.iter().any(|known| is_match(known, &request.0, true))
                && (open
                    || other
                        .targets
                        .iter()
                        .any(|known| has_reference(known) || is_match(known, &request.1, false))))
    };
    if after.denies.iter().any(touches) {
        return false;
    }
    let allowed: Vec<&Grant> = before.allows.iter().filter(|old| touches(old)).collect();
    match &allowed[..] {
        [] => true,
        // Allowed under a condition before, and under none now.
        [old] => !old.is_opaque && !open && !old.condition.is_empty() && grant.condition.is_empty(),
        // Conditions may add up.
        _ => false,
    }
}

/// A policy, taken apart.
#[derive(Default)]
struct Policy {
    version: String,
    has_variables: bool,
    allows: Vec<Grant>,
    denies: Vec<Grant>,
}

/// One statement.
struct Grant {
    actions: Vec<String>,
    /// Resources; in a trust policy who may take the role on.
    targets: Vec<String>,
    /// Values by operator and key, as text.
    condition: BTreeMap<(String, String), String>,
    /// The statement without its name.
    statement: Value,
    /// It says what it does not mean, or something unheard of.
    is_opaque: bool,
}

impl Policy {
    fn read(document: Option<&Value>) -> Option<Self> {
        let Some(document) = document.filter(|document| !document.is_null()) else {
            return Some(Self::default());
        };
        let normal = normal_form(document);
        let mut policy = Self {
            version: normal.get("Version")?.as_str()?.to_owned(),
            has_variables: document.to_string().contains("${"),
            ..Self::default()
        };
        for statement in normal.get("Statement")?.as_array()? {
            let mut map = statement.as_object()?.clone();
            map.remove("Sid");
            match map.get("Effect")?.as_str()? {
                "Allow" => policy.allows.push(Grant::read(map)),
                "Deny" => policy.denies.push(Grant::read(map)),
                _ => return None,
            }
        }
        Some(policy)
    }
}

impl Grant {
    fn read(map: Map<String, Value>) -> Self {
        const KNOWN: &[&str] = &["Effect", "Action", "Resource", "Principal", "Condition"];
        let actions = texts(map.get("Action"));
        let targets = match (map.get("Resource"), map.get("Principal")) {
            (Some(resource), None) => texts(Some(resource)),
            (None, Some(Value::Object(principal))) => {
                let of = |(kind, names): (&String, &Value)| {
                    let told = |name| if kind == "AWS" { name } else { format!("{kind} {name}") };
                    Some(texts(Some(names))?.into_iter().map(told).collect::<Vec<_>>())
                };
                let all: Option<Vec<_>> = principal.iter().map(of).collect();
                all.map(|all| all.concat())
            }
            _ => None,
        };
        let condition = match map.get("Condition") {
            None => Some(BTreeMap::new()),
            Some(condition) => conditions(condition),
        };
        let is_known = map.keys().all(|key| KNOWN.contains(&key.as_str()));
        let is_opaque = !is_known || actions.is_none() || targets.is_none() || condition.is_none();
        Self {
            actions: actions.unwrap_or_default(),
            targets: targets.unwrap_or_default(),
            condition: condition.unwrap_or_default(),
            statement: Value::Object(map),
            is_opaque,
        }
    }

    fn atoms(&self) -> impl Iterator<Item = (&String, &String)> {
        self.actions
            .iter()
            .flat_map(|action| self.targets.iter().map(move |target| (action, target)))
    }

    /// Whether this says of all that `action`, `target` and the conditions of `other` mean what it
    /// says of its own.
    fn covers(&self, action: &str, target: &str, other: &Grant) -> bool {
        !self.is_opaque
            && self.actions.iter().any(|known| is_match(known, action, true))
            && self.targets.iter().any(|known| {
                known == target
                    || known == "*"
                    || (!has_reference(target) && is_match(known, target, false))
            })
            && self.condition.iter().all(|(key, value)| other.condition.get(key) == Some(value))
    }
}

fn texts(value: Option<&Value>) -> Option<Vec<String>> {
    value?.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

fn conditions(condition: &Value) -> Option<BTreeMap<(String, String), String>> {
    let mut all = BTreeMap::new();
    for (operator, keys) in condition.as_object()? {
        for (key, values) in keys.as_object()? {
            all.insert((operator.clone(), key.to_lowercase()), values.to_string());
        }
    }
    Some(all)
}

/// Whether a target is a template: a reference that is not known yet, or a variable of IAM's.
fn has_reference(target: &str) -> bool {
    target.contains("${")
}

/// One text that a pattern stands for, and hardly any other pattern.
fn instance(pattern: &str) -> String {
    pattern.replace('*', "zq0zq").replace('?', "z")
}

/// Whether `pattern` matches every text that `other` stands for: a `*` in `other` is only matched by
/// a `*`, a `?` by a `?` or a `*`.
fn is_match(pattern: &str, other: &str, ignore_case: bool) -> bool {
    let letters = |text: &str| -> Vec<char> {
        if ignore_case { text.to_lowercase() } else { text.to_owned() }.chars().collect()
    };
    let (pattern, other) = (letters(pattern), letters(other));
    let (mut at, mut in_other) = (0, 0);
    // Where to go on after the last `*`, should the rest not match.
    let mut star: Option<(usize, usize)> = None;
    while in_other < other.len() {
        let fits = match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, in_other));
                at += 1;
                continue;
            }
            Some('?') => other[in_other] != '*',
            Some(letter) => *letter == other[in_other],
            None => false,
        };
        if fits {
            at += 1;
            in_other += 1;
        } else if let Some((after_star, from)) = star {
            at = after_star;
            in_other = from + 1;
            star = Some((after_star, in_other));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn allow(action: &str, resource: &str) -> Value {
        json!({ "Effect": "Allow", "Action": action, "Resource": resource })
    }

    fn policy(statements: &[Value]) -> Value {
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    /// What is said of a change from these statements to those.
    fn verdict(before: &[Value], after: &[Value]) -> String {
        match compare(Some(&policy(before)), Some(&policy(after))) {
            Verdict::NotWider => "not wider".to_owned(),
            Verdict::Wider(what) => {
                let each = what.iter().map(|(on, all)| format!("{} on {on}", all.join(", ")));
                each.collect::<Vec<_>>().join("; ")
            }
            Verdict::Doubt(why) => format!("doubt: {why}"),
        }
    }

    #[test]
    fn what_is_added_or_made_wider_is_named() {
        let get = allow("s3:GetObject", "arn:b/x");
        assert_eq!(
            verdict(std::slice::from_ref(&get), &[get.clone(), allow("s3:PutObject", "*")]),
            "s3:PutObject on *"
        );
        assert_eq!(
            verdict(std::slice::from_ref(&get), &[allow("s3:*", "arn:b/x")]),
            "s3:* on arn:b/x"
        );
        assert_eq!(
            verdict(std::slice::from_ref(&get), &[allow("s3:GetObject", "arn:b/*")]),
            "s3:GetObject on arn:b/*"
        );
        assert_eq!(verdict(&[], std::slice::from_ref(&get)), "s3:GetObject on arn:b/x");
    }

    #[test]
    fn what_is_taken_away_or_split_up_is_not_wider() {
        let wide = json!({ "Effect": "Allow", "Action": ["s3:*", "a:B"], "Resource": "arn:b/*" });
        assert_eq!(verdict(std::slice::from_ref(&wide), &[]), "not wider");
        let parts = [allow("S3:getobject", "arn:b/x?"), allow("a:B", "arn:b/*")];
        assert_eq!(verdict(std::slice::from_ref(&wide), &parts), "not wider");
        let conditional = json!({ "Effect": "Allow", "Action": "a:B", "Resource": "arn:b/*",
            "Condition": { "Bool": { "aws:SecureTransport": "true" } } });
        assert_eq!(verdict(&[wide], &[conditional]), "not wider");
    }

    #[test]
    fn a_condition_that_goes_makes_wider_and_one_that_changes_is_in_doubt() {
        let from = |address: &str| {
            json!({ "Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*",
                "Condition": { "StringEquals": { "ses:FromAddress": address } } })
        };
        assert_eq!(verdict(&[from("a@x")], &[allow("ses:SendEmail", "*")]), "ses:SendEmail on *");
        assert!(verdict(&[from("a@x")], &[from("b@x")]).starts_with("doubt"));
    }

    #[test]
    fn exceptions_and_denials_are_in_doubt_unless_they_are_the_same() {
        let but = |what: &str| json!({ "Effect": "Allow", "NotAction": what, "Resource": "*" });
        assert_eq!(verdict(&[but("iam:*")], &[but("iam:*")]), "not wider");
        assert!(verdict(&[but("iam:*")], &[but("s3:*")]).starts_with("doubt"));
        assert!(verdict(&[but("iam:*")], &[allow("s3:*", "*")]).starts_with("doubt"));
        let deny = json!({ "Effect": "Deny", "Action": "a:*", "Resource": "*" });
        assert_eq!(verdict(std::slice::from_ref(&deny), &[]), "doubt: it denies less");
        assert!(verdict(&[], &[deny, allow("a:B", "*")]).starts_with("doubt"));
    }

    #[test]
    fn what_is_not_known_yet_is_in_doubt_unless_its_action_is_new() {
        let before = [allow("a:B", "arn:pool/1")];
        assert!(verdict(&before, &[allow("a:B", "${pool.arn}")]).starts_with("doubt"));
        assert_eq!(verdict(&before, &[allow("a:C", "${pool.arn}")]), "a:C on ${pool.arn}");
    }

    #[test]
    fn who_may_take_a_role_on_is_compared_like_what_may_be_done() {
        let trust = |principal: Value| json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal });
        let lambda = trust(json!({ "Service": "lambda.amazonaws.com" }));
        let more =
            trust(json!({ "Service": "lambda.amazonaws.com", "AWS": "arn:aws:iam::1:root" }));
        assert_eq!(
            verdict(std::slice::from_ref(&lambda), std::slice::from_ref(&more)),
            "sts:AssumeRole on arn:aws:iam::1:root"
        );
        assert_eq!(verdict(&[more], std::slice::from_ref(&lambda)), "not wider");
        assert_eq!(verdict(&[lambda], &[trust(json!("*"))]), "sts:AssumeRole on *");
    }

    #[test]
    fn a_pattern_covers_only_patterns_that_it_surely_matches() {
        for (wide, narrow) in [("*", "a*b"), ("a*", "a?c*"), ("a*c", "abc"), ("**", ""), ("?", "?")]
        {
            assert!(is_match(wide, narrow, false), "{wide} {narrow}");
        }
        for (wide, narrow) in [("a?", "a*"), ("abc", "ab?"), ("a*c", "a*"), ("", "*"), ("a", "A")] {
            assert!(!is_match(wide, narrow, false), "{wide} {narrow}");
        }
    }
}
