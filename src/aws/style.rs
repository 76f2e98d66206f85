//! The documents and images of a managed-login style, to AWS and back.

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::primitives::Blob;
use aws_sdk_cognitoidentityprovider::types::{
    AssetCategoryType, AssetExtensionType, AssetType, ColorSchemeModeType,
};
use aws_smithy_types::{Document, Number};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::engine::CloudError;

use super::error::unbuildable;

/// An image as a plan shows it: by its hash.
#[derive(Clone, Debug, Deserialize)]
pub struct Asset {
    category: String,
    color_mode: String,
    extension: String,
    resource_id: Option<String>,
    sha256: String,
}

/// Puts the images of a wanted style beside it, by their hashes: they are too long to be shown.
pub fn part_images(want: &mut Map<String, Value>) {
    let Some(Value::Array(assets)) = want.get_mut("assets") else { return };
    let mut images = Map::new();
    for asset in assets.iter_mut().filter_map(Value::as_object_mut) {
        let Some(Value::String(bytes)) = asset.remove("bytes") else { continue };
        // The file's rules allow nothing that is no Base64.
        let hash = hash(&STANDARD.decode(&bytes).unwrap_or_default());
        asset.insert("sha256".to_owned(), json!(hash));
        asset.retain(|_, value| !value.is_null());
        images.insert(hash, Value::String(bytes));
    }
    if !images.is_empty() {
        want.insert("images".to_owned(), Value::Object(images));
    }
}

/// The images of the file as calls take them; those that only AWS has are left out.
///
/// # Errors
///
/// A request that cannot be built.
pub fn assets(
    assets: &[Asset],
    images: &BTreeMap<String, String>,
) -> Result<Vec<AssetType>, CloudError> {
    let bytes = |asset: &Asset| STANDARD.decode(images.get(&asset.sha256)?).ok();
    let asset = |(asset, bytes): (&Asset, Vec<u8>)| {
        let Asset { category, color_mode, extension, resource_id, sha256: _ } = asset;
        AssetType::builder()
            .category(AssetCategoryType::from(category.as_str()))
            .color_mode(ColorSchemeModeType::from(color_mode.as_str()))
            .extension(AssetExtensionType::from(extension.as_str()))
            .set_resource_id(resource_id.clone())
            .bytes(Blob::new(bytes))
            .build()
            .map_err(|error| unbuildable(&error))
    };
    let ours = assets.iter().filter_map(|asset| Some((asset, bytes(asset)?)));
    ours.map(asset).collect()
}

/// The images of a live style; keys in the order of the alphabet, as in a wanted state.
pub fn read_assets(assets: &[AssetType]) -> Value {
    let asset = |asset: &AssetType| {
        let mut read = Map::new();
        read.insert("category".to_owned(), json!(asset.category().as_str()));
        read.insert("color_mode".to_owned(), json!(asset.color_mode().as_str()));
        read.insert("extension".to_owned(), json!(asset.extension().as_str()));
        if let Some(id) = asset.resource_id() {
            read.insert("resource_id".to_owned(), json!(id));
        }
        let bytes = asset.bytes().map(|bytes| bytes.as_ref()).unwrap_or_default();
        read.insert("sha256".to_owned(), json!(hash(bytes)));
        Value::Object(read)
    };
    assets.iter().map(asset).collect()
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A JSON value as calls take it.
pub fn document(value: &Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(value) => Document::Bool(*value),
        Value::Number(number) => Document::Number(match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Number::PosInt(number),
            (None, Some(number)) => Number::NegInt(number),
            (None, None) => Number::Float(number.as_f64().unwrap_or_default()),
        }),
        Value::String(text) => Document::String(text.clone()),
        Value::Array(items) => Document::Array(items.iter().map(document).collect()),
        Value::Object(map) => Document::Object(
            map.iter().map(|(key, value)| (key.clone(), document(value))).collect(),
        ),
    }
}

/// The same back; keys in the order of the alphabet.
pub fn value(document: &Document) -> Value {
    match document {
        Document::Null => Value::Null,
        Document::Bool(value) => json!(value),
        Document::Number(Number::PosInt(number)) => json!(number),
        Document::Number(Number::NegInt(number)) => json!(number),
        Document::Number(Number::Float(number)) => json!(number),
        Document::String(text) => json!(text),
        Document::Array(items) => items.iter().map(value).collect(),
        Document::Object(map) => {
            let sorted: BTreeMap<&String, Value> =
                map.iter().map(|(key, below)| (key, value(below))).collect();
            json!(sorted)
        }
    }
}
