//! What can be said of each setting of a stack file, from the JSON Schema.

use serde_json::Value;

use super::duration::Duration;
use super::model;
use super::schema::SCHEMA;

/// How deep settings lie: deeper than any does.
const DEEPEST: usize = 12;

/// One setting, resource or mapping of a stack file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path; `*` for a key of one's own, and for the entries of a list.
    pub path: Vec<String>,
    /// What it means: Markdown.
    pub description: String,
    /// What may be written, in words.
    pub expected: String,
    /// Whether what holds it must have it.
    pub required: bool,
    /// Whether secrets may stand in it.
    pub sensitive: bool,
    /// The member of AWS's that it is, as `CreateUserPoolClient.AuthSessionValidity`.
    pub member: Option<String>,
    /// AWS's page about it, or about what holds it.
    pub page: Option<String>,
}

/// Everything that a stack file can hold, what holds before what is held.
pub fn guide() -> Vec<Entry> {
    let mut walk = Walk { entries: Vec::new() };
    walk.below(&SCHEMA, &[], None);
    walk.entries
}

struct Walk {
    entries: Vec<Entry>,
}

impl Walk {
    /// Adds what stands below a value of `schema` at `path`.
    fn below(&mut self, schema: &Value, path: &[String], page: Option<&String>) {
        if path.len() > DEEPEST {
            return;
        }
        let branches = branches(schema);
        let holds_keys = branches.iter().any(|branch| branch.get("properties").is_some());
        for branch in branches {
            let page = page_of(branch).or(page.cloned());
            let model = branch.get("x-model").and_then(Value::as_str);
            for (name, setting) in
                branch.get("properties").and_then(Value::as_object).into_iter().flatten()
            {
                // What `existing` can stand in place of is required where it does not.
                let lists = ["/required", "/then/required"].map(|place| branch.pointer(place));
                let mut lists = lists.into_iter().flatten().filter_map(Value::as_array);
                let required = lists.any(|all| all.iter().any(|one| one == name));
                let member = setting.get("x-model").and_then(Value::as_str);
                let member = member.or_else(|| model::path_of(model?, name));
                self.add(setting, path, name, required, member, page.as_ref());
            }
            let others = branch.get("additionalProperties").filter(|others| others.is_object());
            // A list of mappings that may also be one mapping is told of once.
            let items = branch.get("items").filter(|_| !holds_keys);
            if let Some(entry) = others.or(items).filter(|entry| holds_something(entry)) {
                self.add(entry, path, "*", false, None, page.as_ref());
            }
        }
    }

    fn add(
        &mut self,
        setting: &Value,
        path: &[String],
        name: &str,
        required: bool,
        member: Option<&str>,
        page: Option<&String>,
    ) {
        let path: Vec<String> = path.iter().cloned().chain([name.to_owned()]).collect();
        let found = branches(setting);
        let own = std::iter::once(setting).chain(found.iter().copied());
        let description = own.clone().find_map(|schema| schema.get("description")?.as_str());
        let page =
            member.and_then(page_of_member).or(own.clone().find_map(page_of)).or(page.cloned());
        self.entries.push(Entry {
            path: path.clone(),
            description: without_page(description.unwrap_or_default()),
            expected: expected(setting),
            required,
            sensitive: own.clone().any(|schema| schema.get("x-sensitive").is_some()),
            member: member.and_then(|member| Some(member.split_once('.')?.1.to_owned())),
            page: page.clone(),
        });
        self.below(setting, &path, page.as_ref());
    }
}

/// The schemas that a value may follow, references resolved; without `null`.
fn branches(schema: &Value) -> Vec<&Value> {
    let reference = schema.get("$ref").and_then(Value::as_str);
    if let Some(target) = reference.and_then(|text| SCHEMA.pointer(text.strip_prefix('#')?)) {
        return branches(target);
    }
    match any_of(schema) {
        Some(all) => all.iter().flat_map(branches).filter(|one| one["type"] != "null").collect(),
        None => vec![schema],
    }
}

fn any_of(schema: &Value) -> Option<&Vec<Value>> {
    schema.get("anyOf").or_else(|| schema.get("oneOf"))?.as_array()
}

/// Whether there is more to say of an entry than its type.
fn holds_something(schema: &Value) -> bool {
    branches(schema).iter().any(|branch| {
        branch.get("properties").is_some()
            || branch.get("additionalProperties").is_some_and(Value::is_object)
    })
}

/// The page about the request that has a member; API Gateway has no page for each.
fn page_of_member(member: &str) -> Option<String> {
    let (service, rest) = member.split_once('.')?;
    let operation = rest.split('.').next()?;
    let pages = match service {
        "cognito-idp" => "cognito-user-identity-pools/latest/APIReference",
        "lambda" => "lambda/latest/api",
        "iam" => "IAM/latest/APIReference",
        "logs" => "AmazonCloudWatchLogs/latest/APIReference",
        _ => return None,
    };
    Some(format!("https://docs.aws.amazon.com/{pages}/API_{operation}.html"))
}

/// The page in the line `AWS: <https://…>` of a description.
fn page_of(schema: &Value) -> Option<String> {
    let (_, after) = schema.get("description")?.as_str()?.split_once("AWS: <")?;
    Some(after.split_once('>')?.0.to_owned())
}

fn without_page(description: &str) -> String {
    let text = description.split("AWS: <").next().unwrap_or_default();
    text.trim().replace("\n\n", "\u{0}").replace('\n', " ").replace('\u{0}', "\n")
}

/// What may be written, in words.
fn expected(setting: &Value) -> String {
    if let Some(range) = setting.get("x-seconds").and_then(Value::as_array) {
        let bound = |i: usize| u32::try_from(range.get(i)?.as_u64()?).ok().map(Duration);
        if let (Some(least), Some(most)) = (bound(0), bound(1)) {
            return format!("a duration, {least} to {most}");
        }
    }
    if let Some(words) = setting.get("x-expected").and_then(Value::as_str) {
        return with_length(words, setting);
    }
    let mut all: Vec<String> = Vec::new();
    for words in branches(setting).iter().map(|branch| of_branch(branch, setting)) {
        if !all.contains(&words) {
            all.push(words);
        }
    }
    all.join(" or ")
}

fn of_branch(branch: &Value, setting: &Value) -> String {
    if let Some(values) = branch.get("enum").and_then(Value::as_array) {
        return one_of(values.iter().filter(|value| !value.is_null()));
    }
    if let Some(value) = branch.get("const") {
        return one_of(std::iter::once(value));
    }
    let is = |name: &str| match &branch["type"] {
        Value::Array(types) => types.iter().any(|one| one == name),
        one => one == name,
    };
    let limit = |keyword: &str| branch.get(keyword).and_then(Value::as_i64);
    if is("object") {
        let keys = branch.get("x-keys").or(setting.get("x-keys")).and_then(Value::as_str);
        keys.map_or("a mapping".to_owned(), |keys| format!("a mapping; its keys: {keys}"))
    } else if is("array") {
        let items = branch.get("items").map_or_else(String::new, expected);
        let most = limit("maxItems").map_or_else(String::new, |most| format!(", at most {most}"));
        format!("a list{most}; each: {items}")
    } else if is("boolean") {
        "`true` or `false`".to_owned()
    } else if is("integer") {
        match (limit("minimum"), limit("maximum")) {
            (Some(least), Some(most)) => format!("a whole number, {least} to {most}"),
            (Some(least), None) => format!("a whole number, at least {least}"),
            _ => "a whole number".to_owned(),
        }
    } else {
        let words = branch.get("x-expected").and_then(Value::as_str);
        with_length(words.unwrap_or("a text"), branch)
    }
}

fn with_length(words: &str, schema: &Value) -> String {
    match schema.get("maxLength").and_then(Value::as_u64) {
        Some(most) => format!("{words}; at most {most} characters"),
        None => words.to_owned(),
    }
}

fn one_of<'v>(values: impl Iterator<Item = &'v Value>) -> String {
    let spelled = values.map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
    spelled.map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> Entry {
        let path: Vec<&str> = path.split('.').collect();
        guide().into_iter().find(|entry| entry.path == path).unwrap()
    }

    #[test]
    fn a_setting_has_its_words_its_member_and_its_page() {
        let found = entry("user_pool.app_clients.*.auth_session_validity");
        assert_eq!(found.expected, "a duration, 3m to 15m");
        assert_eq!(found.member.unwrap(), "CreateUserPoolClient.AuthSessionValidity");
        assert!(found.page.unwrap().ends_with("/API_CreateUserPoolClient.html"));
        assert!(!found.description.contains('\n') && !found.description.contains("AWS: <"));
    }

    #[test]
    fn lists_mappings_and_short_forms_say_what_they_hold() {
        let flows = entry("user_pool.app_clients.*.allowed_oauth_flows").expected;
        assert_eq!(flows, "a list, at most 3; each: `code`, `implicit`, `client_credentials`");
        assert!(entry("lambdas.*.environment").expected.contains("environment variable"));
        assert!(entry("http_api.authorizers.*.jwt.audience").required);
        assert!(entry("lambdas.*.handler").required);
        assert!(entry("lambdas.*.inline_policies.*.Statement.Effect").required);
    }

    #[test]
    fn nothing_is_told_of_twice_and_everything_has_words() {
        let all = guide();
        let mut paths: Vec<_> = all.iter().map(|entry| &entry.path).collect();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), all.len());
        let silent: Vec<_> = all.iter().filter(|entry| entry.expected.is_empty()).collect();
        assert!(silent.is_empty(), "{silent:?}");
    }
}
