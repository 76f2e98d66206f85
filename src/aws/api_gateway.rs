//! What the kinds of an HTTP API share: addresses, pages, tags.

use std::collections::BTreeMap;

use crate::engine::CloudError;
use crate::resource::{Address, Context};

use super::error::failed;
use super::kind::Change;
use super::settle::settled;
use super::{Aws, tags};

/// What all writes on one API may have to wait for.
pub const OTHERS: &str = "other changes of the API to end";

/// How many APIs, routes, … one answer may hold: the most that API Gateway gives.
pub const PAGE: &str = "500";

/// The address of the API.
pub fn address() -> Address {
    Address::new(["http_api"])
}

/// A reference to an output of something in the API, or of the API itself.
pub fn reference(address: &Address, output: &str) -> String {
    format!("${{{}}}", address.child(output))
}

/// Reads a list to its end.
pub async fn pages<T, F>(mut page: impl FnMut(Option<String>) -> F) -> Result<Vec<T>, CloudError>
where
    F: Future<Output = Result<(Option<Vec<T>>, Option<String>), CloudError>>,
{
    let (mut all, mut token) = (Vec::new(), None);
    loop {
        let (items, next) = page(token).await?;
        all.extend(items.into_iter().flatten());
        token = next.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(all);
        }
    }
}

/// Writes the tags that change; `path` is `apis/ID` or what stands below it.
pub async fn tag<S>(
    aws: &Aws,
    path: &str,
    change: &Change<'_, S>,
    tags: &BTreeMap<String, String>,
) -> Result<(), CloudError> {
    let Some(tags) = tags::changed(change, tags) else { return Ok(()) };
    // ARNs of API Gateway have no account.
    let arn = Context::new(&aws.stack, &aws.region, "").arn("apigateway", &format!("/{path}"));
    let tag = || async {
        let tag = aws.api.tag_resource().resource_arn(&arn).set_tags(Some(tags.clone()));
        tag.send().await.map_err(failed("TagResource"))
    };
    settled(OTHERS, tag).await.map(drop)
}
