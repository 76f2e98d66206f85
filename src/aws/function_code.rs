//! Where the code of a function comes from: the request itself, or an object in S3.
//!
//! A zip that is too large for a request goes through the stack's bucket, under a key that follows from
//! its contents: what is there already is not uploaded again, and nothing ever changes under a key. The
//! objects stay: Lambda makes a copy, and no tag would say which of them are still wanted.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::FunctionCode;
use aws_sdk_s3::primitives::ByteStream;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::bundle::Bundle;
use crate::engine::CloudError;
use crate::resource::{Address, Piece, Template};
use crate::spec::Stack;
use crate::spec::stack::{Code, CodeObject};

use super::error::failed;
use super::function_state::State;
use super::kind::Given;
use super::settle::settled;
use super::{Aws, tags};

/// The code for a request.
#[derive(Clone)]
pub enum Source {
    /// The zip itself.
    Zip(Blob),
    /// A zip in S3.
    Object {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// The version, in a bucket with versions.
        version: Option<String>,
    },
}

impl Source {
    /// For the request that makes a function.
    pub fn code(self) -> FunctionCode {
        match self {
            Self::Zip(zip) => FunctionCode::builder().zip_file(zip).build(),
            Self::Object { bucket, key, version } => FunctionCode::builder()
                .s3_bucket(bucket)
                .s3_key(key)
                .set_s3_object_version(version)
                .build(),
        }
    }
}

/// Adds to a wanted state what it says of its code: the zip's hash, or the object in S3.
///
/// Of an object in S3 nothing can be known without reading it, so a tag of the function remembers which
/// one was deployed.
pub fn declare(
    stack: &Stack,
    given: &Given,
    key: &str,
    code: &Code,
    want: &mut Map<String, Value>,
    tags: &mut Map<String, Value>,
) {
    let remembered = match code {
        Code::Path(_) => {
            let sha256 = given.bundles.get(key);
            want.insert("code_sha256".into(), json!(sha256));
            if let (true, Some(bucket)) = (given.large.contains(key), &stack.code_bucket) {
                want.insert("s3_bucket".into(), json!(bucket));
                let key = object_key(&stack.stack, sha256.map_or("", String::as_str));
                want.insert("s3_key".into(), json!(key));
            }
            // An object that was deployed before is no longer there.
            Value::Null
        }
        Code::Object(object) => {
            let CodeObject { s3_bucket, s3_key, s3_object_version } = object;
            want.insert("s3_bucket".into(), json!(s3_bucket));
            want.insert("s3_key".into(), json!(s3_key));
            if let Some(version) = s3_object_version {
                want.insert("s3_object_version".into(), json!(version));
            }
            json!(remembered(&code.to_string()))
        }
    };
    tags.insert(tags::CODE.to_owned(), remembered);
}

/// The key under which a large zip is put.
fn object_key(stack: &str, sha256: &str) -> String {
    let hash = STANDARD.decode(sha256).unwrap_or_default();
    format!("provision/{stack}/{}.zip", hex(&hash))
}

/// The text that a tag remembers an object by: its URL, or the URL's hash where no tag can hold that.
fn remembered(url: &str) -> String {
    let is_legal = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    let template = Template::parse(url);
    let fits = template.is_ok_and(|template| {
        template.pieces().iter().all(|piece| match piece {
            Piece::Literal(text) => text.chars().all(is_legal),
            _ => true,
        })
    });
    match fits && url.chars().count() <= 200 {
        true => url.to_owned(),
        false => format!("sha256:{}", hex(&Sha256::digest(url))),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The code of a function, ready for a request: a large zip is in its bucket then.
///
/// # Errors
///
/// A failed upload; a function without code: a fault of ours.
pub async fn source(aws: &Aws, address: &Address, want: &State) -> Result<Source, CloudError> {
    let object = want.s3_bucket.clone().zip(want.s3_key.clone());
    match (aws.bundles.get(address.key()), object) {
        (Some(bundle), None) => Ok(Source::Zip(Blob::new(bundle.zip.clone()))),
        (Some(bundle), Some((bucket, key))) => {
            upload(aws, bundle, &bucket, &key).await?;
            Ok(Source::Object { bucket, key, version: None })
        }
        (None, Some((bucket, key))) => {
            Ok(Source::Object { bucket, key, version: want.s3_object_version.clone() })
        }
        (None, None) => Err(CloudError::new(format!("`{address}` has no code"))),
    }
}

/// Puts a zip into a bucket, unless it is there.
async fn upload(aws: &Aws, bundle: &Bundle, bucket: &str, key: &str) -> Result<(), CloudError> {
    // Whoever may not list the bucket is told "forbidden" of what is missing: the put will tell.
    if aws.s3.head_object().bucket(bucket).key(key).send().await.is_ok() {
        return Ok(());
    }
    let put = || async {
        let put = aws
            .s3
            .put_object()
            .bucket(bucket)
            .key(key)
            .if_none_match("*")
            .content_type("application/zip")
            .body(ByteStream::from(bundle.zip.clone()));
        put.send().await.map_err(failed("PutObject"))
    };
    match settled(&format!("other uploads of `{key}` to end"), put).await {
        // Somebody put the same contents there meanwhile.
        Err(error) if error.code.as_deref() == Some("PreconditionFailed") => Ok(()),
        other => other.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aws_sdk_s3::Client;
    use aws_sdk_s3::operation::head_object::{HeadObjectError, HeadObjectOutput};
    use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
    use aws_sdk_s3::types::error::NotFound;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    fn bundle() -> Bundle {
        Bundle {
            zip: b"zip".to_vec(),
            sha256: STANDARD.encode([0xAB; 32]),
            entries: Vec::new(),
            unzipped_bytes: 0,
            left_out: Vec::new(),
        }
    }

    fn aws(rules: &[&Rule]) -> Aws {
        let bundles = [("fn".to_owned(), Arc::new(bundle()))].into();
        Aws { s3: mock_client!(aws_sdk_s3, RuleMode::MatchAny, rules), bundles, ..Aws::test() }
    }

    fn want() -> State {
        let key = object_key("demo", &bundle().sha256);
        let state = json!({
            "function_name": "demo-fn", "role": "r", "runtime": "x", "handler": "a.b",
            "environment": {}, "tags": {}, "s3_bucket": "mine", "s3_key": key,
        });
        serde_json::from_value(state).unwrap()
    }

    fn missing() -> Rule {
        mock!(Client::head_object)
            .then_error(|| HeadObjectError::NotFound(NotFound::builder().build()))
    }

    #[tokio::test]
    async fn a_large_zip_goes_under_the_hash_of_its_contents_and_only_where_nothing_is() {
        let put = mock!(Client::put_object)
            .match_requests(|sent| {
                let key = format!("provision/demo/{}.zip", "ab".repeat(32));
                sent.bucket() == Some("mine")
                    && sent.key() == Some(&key)
                    && sent.if_none_match() == Some("*")
            })
            .then_output(|| PutObjectOutput::builder().build());
        let aws = aws(&[&missing(), &put]);
        let address = Address::new(["lambdas", "fn"]);
        let source = source(&aws, &address, &want()).await.unwrap().code();
        assert_eq!((source.s3_bucket(), source.zip_file()), (Some("mine"), None));
        assert_eq!(put.num_calls(), 1);
    }

    #[tokio::test]
    async fn what_is_there_is_not_uploaded_again() {
        let there = mock!(Client::head_object).then_output(|| HeadObjectOutput::builder().build());
        let address = Address::new(["lambdas", "fn"]);
        assert!(source(&aws(&[&there]), &address, &want()).await.is_ok());
        let raced = mock!(Client::put_object).then_error(|| {
            PutObjectError::generic(ErrorMetadata::builder().code("PreconditionFailed").build())
        });
        assert!(source(&aws(&[&missing(), &raced]), &address, &want()).await.is_ok());
        let denied = mock!(Client::put_object).then_error(|| {
            PutObjectError::generic(ErrorMetadata::builder().code("AccessDenied").build())
        });
        assert!(source(&aws(&[&missing(), &denied]), &address, &want()).await.is_err());
    }

    #[test]
    fn an_object_is_remembered_in_the_characters_that_a_tag_takes() {
        assert_eq!(remembered("s3://b/dir/fn.zip@v1"), "s3://b/dir/fn.zip@v1");
        assert_eq!(remembered("s3://b-${account}/fn.zip"), "s3://b-${account}/fn.zip");
        assert!(remembered("s3://b/fn(1).zip").starts_with("sha256:"));
        assert!(remembered(&format!("s3://b/{}", "x".repeat(300))).len() < 80);
    }
}
