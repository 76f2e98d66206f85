//! What the kinds of an HTTP API share: addresses, pages, tags, how a function is named.

use std::collections::{BTreeMap, HashMap};

use crate::engine::CloudError;
use crate::resource::{Address, Context, Live};
use crate::spec::stack::DEFAULT_STAGE;

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

/// The URL of a stage of the API with that endpoint.
pub fn url(endpoint: &str, stage: &str) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    if stage == DEFAULT_STAGE { endpoint.to_owned() } else { format!("{endpoint}/{stage}") }
}

/// The function's ARN in a URI, which may be the long form for an invocation.
pub fn function_arn(uri: &str) -> &str {
    let long = uri.split_once(":path/").and_then(|(_, path)| path.split_once("/functions/"));
    long.and_then(|(_, rest)| rest.strip_suffix("/invocations")).unwrap_or(uri)
}

/// The long form for an invocation, which authorizers take alone.
pub fn invocation_uri(stack: &str, own_region: &str, function: &str) -> String {
    let region = function.split(':').nth(3).filter(|region| !region.is_empty());
    let path = format!("path/2015-03-31/functions/{function}/invocations");
    // The service stands where ARNs have the account.
    Context::new(stack, region.unwrap_or(own_region), "lambda").arn("apigateway", &path)
}

/// A map to send for one that is exclusive: AWS adds to what is there, and takes away by an empty
/// text.
pub fn cleared(
    live: &Live,
    setting: &str,
    want: &BTreeMap<String, String>,
) -> HashMap<String, String> {
    let there = live.state[setting].as_object().into_iter().flatten();
    let gone = there.map(|(key, _)| (key.clone(), String::new()));
    gone.chain(want.clone()).collect()
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
