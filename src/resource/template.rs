//! Texts with references in them: `${user_pool.id}`, `${env.X}`, `$${` for a literal `${`.

use std::fmt;

use super::Address;

/// A reference to an output of another resource: `${user_pool.app_clients.web.id}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The resource.
    pub address: Address,
    /// The output's name: the last segment of the path.
    pub output: String,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address.child(&self.output))
    }
}

/// One part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Literal(String),
    /// `${user_pool.id}`
    Output(Reference),
    /// `${env.NAME}`: an environment variable of the program; secret.
    Environment(String),
    /// `${secret.NAME#KEY}`: a value in Secrets Manager; secret.
    Secret(String),
    /// `${ssm./path}`: a parameter of Systems Manager.
    Parameter(String),
    /// `${region}`
    Region,
    /// `${account}`
    Account,
}

impl Piece {
    /// Whether what it stands for must never be shown.
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Environment(_) | Self::Secret(_))
    }
}

impl fmt::Display for Piece {
    /// Writes the piece as it stands in a template.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(text) => f.write_str(&escape(text)),
            Self::Output(reference) => write!(f, "${{{reference}}}"),
            Self::Environment(name) => write!(f, "${{env.{name}}}"),
            Self::Secret(name) => write!(f, "${{secret.{name}}}"),
            Self::Parameter(name) => write!(f, "${{ssm.{name}}}"),
            Self::Region => f.write_str("${region}"),
            Self::Account => f.write_str("${account}"),
        }
    }
}

/// A text, taken apart at its references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

/// Why a text is not a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct BadTemplate {
    /// What is wrong.
    pub reason: String,
    /// The inner text of the `${…}` that is wrong.
    pub inner: String,
}

impl Template {
    /// Takes `text` apart.
    ///
    /// # Errors
    ///
    /// An unclosed `${`, or a path that is no address with an output.
    pub fn parse(text: &str) -> Result<Self, BadTemplate> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (before, from) = rest.split_at(at);
            literal += before;
            if let Some(after) = from.strip_prefix("$${") {
                literal += "${";
                rest = after;
            } else if let Some(after) = from.strip_prefix("${") {
                let end = closing_brace(after).ok_or_else(|| BadTemplate {
                    reason: "`${` without its `}`; write `$${` for a literal `${`".to_owned(),
                    inner: after.to_owned(),
                })?;
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                pieces.push(piece(&after[..end])?);
                rest = &after[end + 1..];
            } else {
                literal.push('$');
                rest = &from[1..];
            }
        }
        literal += rest;
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Self(pieces))
    }

    /// The parts, in order; none for an empty text.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The resources it refers to.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Output(reference) => Some(reference),
            _ => None,
        })
    }
}

/// Reads the inside of one `${…}`.
fn piece(inner: &str) -> Result<Piece, BadTemplate> {
    let bad = |reason: String| BadTemplate { reason, inner: inner.to_owned() };
    match inner.split_once('.') {
        None if inner == "region" => Ok(Piece::Region),
        None if inner == "account" => Ok(Piece::Account),
        Some(("env", name)) => Ok(Piece::Environment(name.to_owned())),
        Some(("secret", name)) => Ok(Piece::Secret(name.to_owned())),
        Some(("ssm", name)) => Ok(Piece::Parameter(name.to_owned())),
        _ => {
            let path: Address = inner.parse().map_err(|e: super::BadAddress| bad(e.to_string()))?;
            let address = path
                .parent()
                .ok_or_else(|| bad(format!("`{inner}` names no output, as in `{inner}.id`")))?;
            Ok(Piece::Output(Reference { address, output: path.key().to_owned() }))
        }
    }
}

/// Where the `}` stands that ends a reference whose inside `text` starts with: quoted keys, as in
/// `["GET /users/{id}"]`, may hold braces.
pub fn closing_brace(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    let mut before = '\0';
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if quoted => quoted = false,
            '"' if before == '[' => quoted = true,
            '}' if !quoted => return Some(at),
            _ => {}
        }
        before = letter;
    }
    None
}

/// Writes `text` so that a template reads it as itself.
pub fn escape(text: &str) -> String {
    text.replace("${", "$${")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_apart_at_its_references() {
        let template =
            Template::parse("a$${b} ${http_api.routes[\"GET /x\"].id}-${env.X}$").unwrap();
        let [
            Piece::Literal(a),
            Piece::Output(route),
            Piece::Literal(dash),
            Piece::Environment(x),
            Piece::Literal(end),
        ] = template.pieces()
        else {
            panic!("{template:?}")
        };
        assert_eq!(
            (a.as_str(), dash.as_str(), x.as_str(), end.as_str()),
            ("a${b} ", "-", "X", "$")
        );
        assert_eq!(route.to_string(), "http_api.routes[\"GET /x\"].id");
    }

    #[test]
    fn a_quoted_key_may_hold_braces() {
        let template = Template::parse("x${http_api.routes[\"GET /x/{id}\"].id}y").unwrap();
        let [_, Piece::Output(route), Piece::Literal(after)] = template.pieces() else {
            panic!("{template:?}")
        };
        assert_eq!(route.to_string(), "http_api.routes[\"GET /x/{id}\"].id");
        assert_eq!(after, "y");
        assert!(Template::parse("${a[\"x}").is_err(), "a quote that is not closed");
    }

    #[test]
    fn an_unclosed_reference_is_refused() {
        assert!(Template::parse("a${b").is_err());
        assert!(Template::parse("${user_pool}").is_err());
    }

    #[test]
    fn what_is_escaped_reads_as_itself() {
        for text in ["${a.b}", "$${x}", "$", "plain", "${", "$$"] {
            let template = Template::parse(&escape(text)).unwrap();
            assert_eq!(template.pieces(), [Piece::Literal(text.to_owned())], "{text}");
        }
    }
}
