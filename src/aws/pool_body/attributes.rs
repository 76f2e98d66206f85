//! The attributes of a pool's users: those of one's own, and what is demanded of the standard ones.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SchemaAttributeType.html>

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::types::{
    AttributeDataType, NumberAttributeConstraintsType, SchemaAttributeType,
    StringAttributeConstraintsType, UserPoolType,
};
use serde_json::{Value, json};

use crate::engine::CloudError;
use crate::spec::stack::{AttributeType, CustomAttribute, STANDARD_ATTRIBUTES, StandardAttribute};

/// Whether every pool has an attribute of this name. Within `CreateUserPool` AWS would take a custom
/// attribute of such a name for the standard one, and silently not make it.
pub fn is_standard(name: &str) -> bool {
    STANDARD_ATTRIBUTES.contains(&name)
}

/// A custom attribute as one text, in which all that cannot change is written out.
pub fn spell(attribute: &CustomAttribute) -> String {
    let CustomAttribute {
        r#type,
        mutable,
        developer_only_attribute,
        min_length,
        max_length,
        min_value,
        max_value,
    } = attribute;
    let mut words = vec![match r#type {
        AttributeType::String => "string".to_owned(),
        AttributeType::Number => "number".to_owned(),
        AttributeType::Datetime => "datetime".to_owned(),
        AttributeType::Boolean => "boolean".to_owned(),
    }];
    if !mutable {
        words.push("immutable".to_owned());
    }
    if *developer_only_attribute {
        words.push("developer-only".to_owned());
    }
    if *r#type == AttributeType::String {
        let (least, most) = (min_length.unwrap_or(0), max_length.unwrap_or(2048));
        words.push(format!("of {least} to {most} characters"));
    }
    if let Some(least) = min_value {
        words.push(format!("from {least}"));
    }
    if let Some(most) = max_value {
        words.push(format!("up to {most}"));
    }
    words.join(" ")
}

/// Reads what [`spell`] writes back into what AWS takes.
pub(super) fn unspell(name: &str, text: &str) -> Result<SchemaAttributeType, CloudError> {
    let words: Vec<&str> = text.split(' ').collect();
    let after = |word: &str| {
        words
            .iter()
            .position(|w| *w == word)
            .and_then(|at| words.get(at + 1))
            .map(|w| (*w).to_owned())
    };
    let data_type = match words.first().copied() {
        Some("string") => AttributeDataType::String,
        Some("number") => AttributeDataType::Number,
        Some("datetime") => AttributeDataType::Datetime,
        Some("boolean") => AttributeDataType::Boolean,
        _ => return Err(CloudError::new(format!("`{name}` has no type"))),
    };
    let developer = words.contains(&"developer-only");
    let mut attribute = SchemaAttributeType::builder()
        .name(name)
        .mutable(!words.contains(&"immutable"))
        .attribute_data_type(data_type.clone());
    if developer {
        attribute = attribute.developer_only_attribute(true);
    }
    if data_type == AttributeDataType::String {
        let lengths = StringAttributeConstraintsType::builder()
            .set_min_length(after("of"))
            .set_max_length(after("to"));
        attribute = attribute.string_attribute_constraints(lengths.build());
    }
    if after("from").is_some() || after("up").is_some() {
        let values = NumberAttributeConstraintsType::builder()
            .set_min_value(after("from"))
            .set_max_value(words.contains(&"up").then(|| after("to")).flatten());
        attribute = attribute.number_attribute_constraints(values.build());
    }
    Ok(attribute.build())
}

/// The attributes as AWS takes them.
///
/// # Errors
///
/// A text that [`spell`] did not write.
pub fn attributes(all: &BTreeMap<String, String>) -> Result<Vec<SchemaAttributeType>, CloudError> {
    all.iter().map(|(name, text)| unspell(name, text)).collect()
}

/// A custom attribute of a live pool: its name without prefixes, and how [`spell`] writes it.
pub(super) fn custom_attribute(attribute: &SchemaAttributeType) -> Option<(&str, String)> {
    let name = attribute.name()?;
    let bare = match name.strip_prefix("dev:") {
        Some(developers) => developers.strip_prefix("custom:").unwrap_or(developers),
        None => name.strip_prefix("custom:")?,
    };
    let lengths = attribute.string_attribute_constraints();
    let values = attribute.number_attribute_constraints();
    let number = |text: Option<&str>| text.and_then(|text| text.parse().ok());
    let read = CustomAttribute {
        r#type: match attribute.attribute_data_type()? {
            AttributeDataType::Number => AttributeType::Number,
            AttributeDataType::Datetime => AttributeType::Datetime,
            AttributeDataType::Boolean => AttributeType::Boolean,
            _ => AttributeType::String,
        },
        mutable: attribute.mutable().unwrap_or(true),
        developer_only_attribute: attribute.developer_only_attribute().unwrap_or(false),
        min_length: lengths.and_then(|l| l.min_length()).and_then(|text| text.parse().ok()),
        max_length: lengths.and_then(|l| l.max_length()).and_then(|text| text.parse().ok()),
        min_value: number(values.and_then(|v| v.min_value())),
        max_value: number(values.and_then(|v| v.max_value())),
    };
    Some((bare, spell(&read)))
}

/// The custom attributes of a live pool: each as [`spell`] writes it, by name without prefixes.
pub fn custom(pool: &UserPoolType) -> BTreeMap<&str, String> {
    pool.schema_attributes().iter().filter_map(custom_attribute).collect()
}

/// What a live pool demands of the standard attributes, by name.
pub fn standard(pool: &UserPoolType) -> Value {
    let of = |attribute: &SchemaAttributeType| {
        let name = attribute.name().filter(|name| is_standard(name))?;
        let lengths = attribute.string_attribute_constraints();
        let length = |text: Option<&str>| text.and_then(|text| text.parse::<u32>().ok());
        let demands = json!({
            "required": attribute.required().unwrap_or(false),
            "mutable": attribute.mutable().unwrap_or(true),
            "min_length": lengths.and_then(|l| length(l.min_length())).unwrap_or(0),
            "max_length": lengths.and_then(|l| length(l.max_length())).unwrap_or(2048),
        });
        Some((name.to_owned(), demands))
    };
    Value::Object(pool.schema_attributes().iter().filter_map(of).collect())
}

/// What a file demands of standard attributes, as `CreateUserPool` takes it.
pub fn standard_schema(all: &BTreeMap<String, StandardAttribute>) -> Vec<SchemaAttributeType> {
    let attribute = |(name, demanded): (&String, &StandardAttribute)| {
        let StandardAttribute { required, mutable, min_length, max_length } = demanded;
        let lengths = (min_length.is_some() || max_length.is_some()).then(|| {
            StringAttributeConstraintsType::builder()
                .min_length(min_length.unwrap_or(0).to_string())
                .max_length(max_length.unwrap_or(2048).to_string())
                .build()
        });
        SchemaAttributeType::builder()
            .name(name)
            .attribute_data_type(standard_type(name))
            .required(required.unwrap_or(false))
            // What AWS takes where it is left out is not documented.
            .mutable(mutable.unwrap_or(true))
            .set_string_attribute_constraints(lengths)
            .build()
    };
    all.iter().map(attribute).collect()
}

/// The type of a standard attribute; AWS refuses any other.
fn standard_type(name: &str) -> AttributeDataType {
    match name {
        "updated_at" => AttributeDataType::Number,
        "email_verified" | "phone_number_verified" => AttributeDataType::Boolean,
        _ => AttributeDataType::String,
    }
}
