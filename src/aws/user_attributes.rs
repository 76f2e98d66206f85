//! The attributes of users: as the file has them, as AWS takes them, and which cannot change.

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::types::AttributeType;
use serde_json::Value;

use crate::engine::CloudError;
use crate::resource::Live;
use crate::spec::stack::User;

use super::error::unbuildable;

/// Attributes that count as verified when they are declared, and the attribute that says so.
const VERIFIED: [(&str, &str); 2] =
    [("email", "email_verified"), ("phone_number", "phone_number_verified")];

/// The attributes that the file asks for.
pub fn wanted(user: &User) -> BTreeMap<&str, &str> {
    let User { email, phone_number, attributes, enabled: _, invite: _, password: _, groups: _ } =
        user;
    let mut all: BTreeMap<&str, &str> = BTreeMap::new();
    for (value, (name, verified)) in [email, phone_number].into_iter().zip(VERIFIED) {
        if let Some(value) = value.as_ref().or_else(|| attributes.get(name)) {
            all.insert(name, value);
            all.insert(verified, "true");
        }
    }
    all.extend(attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    all
}

/// The attributes of a live pool that cannot change, as a user has them.
pub fn immutable(pool: &Live) -> Vec<String> {
    let custom = pool.state["custom_attributes"].as_object();
    let fixed = custom.into_iter().flatten().filter_map(|(name, spelled)| {
        let words: Vec<&str> = spelled.as_str()?.split(' ').collect();
        let prefix = if words.contains(&"developer-only") { "dev:custom" } else { "custom" };
        words.contains(&"immutable").then(|| format!("{prefix}:{name}"))
    });
    let standard = pool.state["standard_attributes"].as_object().into_iter().flatten();
    let standard = standard.filter(|(_, demands)| demands["mutable"] == false);
    fixed.chain(standard.map(|(name, _)| name.clone())).collect()
}

/// The attributes to send: those that differ. With an address or a number goes that it is
/// verified, because AWS takes that back when the value changes.
pub fn changed(live: &Value, want: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let differs = |name: &str, value: &str| live[name].as_str().unwrap_or_default() != value;
    let mut changed: BTreeMap<String, String> = want.clone();
    changed.retain(|name, value| differs(name, value));
    for (name, verified) in VERIFIED {
        if changed.contains_key(name)
            && let Some(value) = want.get(verified)
        {
            changed.insert(verified.to_owned(), value.clone());
        }
    }
    changed
}

/// The attributes as calls take them.
///
/// # Errors
///
/// A request that cannot be built.
pub fn typed(attributes: &BTreeMap<String, String>) -> Result<Vec<AttributeType>, CloudError> {
    let attribute = |(name, value): (&String, &String)| {
        AttributeType::builder().name(name).value(value).build()
    };
    attributes.iter().map(attribute).collect::<Result<_, _>>().map_err(|error| unbuildable(&error))
}

/// The attributes as AWS answers them, by name.
pub fn pairs(attributes: Option<Vec<AttributeType>>) -> BTreeMap<String, String> {
    let attributes = attributes.unwrap_or_default().into_iter();
    attributes.filter_map(|attribute| Some((attribute.name, attribute.value?))).collect()
}
