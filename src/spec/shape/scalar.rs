//! Texts and numbers: ranges, lengths, patterns and values.

use serde_json::Value;

use super::{Setting, Shape, Visit, allows, constants, describe, expected, matches, name};
use crate::spec::duration::Duration;
use crate::spec::node::{Node, NodeValue};
use crate::spec::problem::{Problem, suggestion};

impl<'a, V: Visit> Shape<'a, V> {
    pub(super) fn number(&mut self, node: &mut Node, setting: &Setting<'a>) {
        let NodeValue::Number(number, spelling) = node.value.clone() else { return };
        let schema = setting.schema;
        if allows(schema, "integer") && !allows(schema, "number") && number.as_i64().is_none() {
            return self.mismatch(node, setting);
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            if !values.iter().any(|v| v.as_f64() == number.as_f64() && v.is_number()) {
                self.not_among(node, &spelling, setting, values);
            }
            return;
        }
        let limit = |key: &str| schema.get(key).and_then(Value::as_f64);
        let (least, most) = (limit("minimum"), limit("maximum"));
        let value = number.as_f64().unwrap_or_default();
        if least.is_some_and(|least| value < least) || most.is_some_and(|most| value > most) {
            let range = match (least, most) {
                (Some(least), Some(most)) => format!("{least} to {most}"),
                (Some(least), None) => format!("at least {least}"),
                (_, most) => format!("at most {}", most.unwrap_or_default()),
            };
            let message = format!("{} must be {range}, not {spelling}", name(&setting.path));
            self.problems.push(
                Problem::new(node.at.clone(), message)
                    .help_if(describe(schema))
                    .rule("out-of-range"),
            );
        }
    }

    pub(super) fn text(&mut self, node: &mut Node, setting: &Setting<'a>) {
        let checkable = self.visit.text(node, setting);
        let (true, NodeValue::Text(text)) = (checkable, &node.value) else { return };
        let schema = setting.schema;
        let values = schema.get("enum").and_then(Value::as_array).cloned();
        if let Some(values) = values.or_else(|| constants(schema)) {
            if !values.iter().any(|value| value.as_str() == Some(text)) {
                let text = text.clone();
                self.not_among(node, &text, setting, &values);
            }
            return;
        }
        let limit = |key: &str| schema.get(key).and_then(Value::as_u64);
        let length = text.chars().count() as u64;
        let found = if schema.get("pattern").is_some_and(|p| !matches(p, text)) {
            let expected = schema.get("x-expected").or(schema.get("pattern"));
            let expected = expected.and_then(Value::as_str).unwrap_or_default();
            let message = format!("{} must be {expected}, not `{text}`", name(&setting.path));
            Some((message, "wrong-form"))
        } else if let Some(most) = limit("maxLength").filter(|most| length > *most) {
            let message =
                format!("{} has {length} characters; {most} at most", name(&setting.path));
            Some((message, "too-long"))
        } else if let Some(least) = limit("minLength").filter(|least| length < *least) {
            let message = format!("{} needs at least {least} characters", name(&setting.path));
            Some((message, "too-short"))
        } else {
            seconds_out_of_range(setting.seconds, text, &setting.path)
                .map(|message| (message, "out-of-range"))
        };
        if let Some((message, rule)) = found {
            self.problems.push(Problem::new(node.at.clone(), message).rule(rule));
            // What is no duration could not be read as one, and the rules would not run.
            if setting.seconds.is_some() {
                node.value = NodeValue::Null;
            }
        }
    }

    pub(super) fn not_among(
        &mut self,
        node: &Node,
        text: &str,
        setting: &Setting<'a>,
        values: &[Value],
    ) {
        let spelled: Vec<String> = values
            .iter()
            .filter(|value| !value.is_null())
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect();
        let retired = setting.schema.get("x-retired").and_then(|all| all.get(text));
        if let Some(successor) = retired.and_then(Value::as_str) {
            let message = format!("`{text}` has been retired: AWS no longer takes it");
            let problem = Problem::new(node.at.clone(), message);
            return self.problems.push(problem.help(format!("use `{successor}`")));
        }
        let message = format!("`{text}` is not a value of {}", name(&setting.path));
        let help = suggestion(text, spelled.iter().map(String::as_str));
        self.problems
            .push(Problem::new(node.at.clone(), message).help_if(help).rule("no-such-value"));
    }

    pub(super) fn mismatch(&mut self, node: &mut Node, setting: &Setting<'a>) {
        let expected = expected(setting.schema);
        let found = node.scalar().map_or_else(|| node.kind().to_owned(), |s| format!("`{s}`"));
        let message = format!("{} must be {expected}, not {found}", name(&setting.path));
        self.problems.push(Problem::new(node.at.clone(), message).rule("wrong-type"));
        node.value = NodeValue::Null;
    }
}

fn seconds_out_of_range(range: Option<&Value>, text: &str, path: &[String]) -> Option<String> {
    let range = range?.as_array()?;
    let bound = |i: usize| range.get(i)?.as_u64().and_then(|n| u32::try_from(n).ok());
    let (least, most) = (Duration(bound(0)?), Duration(bound(1)?));
    let given: Duration = text.parse().ok()?;
    let outside = given < least || given > most;
    outside.then(|| format!("{} must be {least} to {most}, not `{text}`", name(path)))
}
