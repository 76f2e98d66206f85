//! Settings that may be written shorter than the API has them.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::domain::PREFIX;
use super::http_api::RouteSettings;
use super::{
    AttributeType, Code, CodeObject, CustomAttribute, Domain, DomainSettings, Password,
    PasswordSource, Route, TriggerFunction,
};
use crate::spec::settings::Settings;

/// A type with a short form, a text, and a long one, a mapping.
trait ShortForm: Sized {
    /// The mapping.
    type Long: for<'de> Deserialize<'de> + JsonSchema;
    /// What a reader may write.
    const EXPECTED: &'static str;
    /// The schema of the short form.
    fn short_schema(generator: &mut SchemaGenerator) -> Schema;
    /// Reads the short form.
    fn short<E: Error>(text: &str) -> Result<Self, E>;
    /// Reads the long form.
    fn long(long: Self::Long) -> Self;
}

fn read<'de, T: ShortForm, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Either<T>(std::marker::PhantomData<T>);
    impl<'de, T: ShortForm> Visitor<'de> for Either<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(T::EXPECTED)
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            T::short(text)
        }
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::Long::deserialize(MapAccessDeserializer::new(map)).map(T::long)
        }
    }
    deserializer.deserialize_any(Either(std::marker::PhantomData))
}

fn schema<T: ShortForm>(generator: &mut SchemaGenerator, description: &str) -> Schema {
    let short = T::short_schema(generator);
    let long = generator.subschema_for::<T::Long>();
    json_schema!({
        "anyOf": [short, long],
        "description": description,
        "x-expected": T::EXPECTED,
    })
}

macro_rules! short_form {
    ($type:ty, $name:literal, $description:literal) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read(deserializer)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                schema::<Self>(generator, $description)
            }
        }
    };
}

short_form!(
    CustomAttribute,
    "CustomAttribute",
    "An attribute of one's own: its type, or a mapping with its type and constraints."
);
short_form!(
    Code,
    "Code",
    "The code of a function: the path of a folder, a file or a `.zip`, relative to this file, or a mapping that names an object in S3."
);
short_form!(
    Domain,
    "Domain",
    "The prefix domain of a pool: its prefix, or a mapping with `domain`."
);
short_form!(
    Route,
    "Route",
    "What answers a route: the key of a function, or a mapping with `lambda` or `http`."
);
short_form!(
    Password,
    "Password",
    "Where a password comes from: `${env.NAME}`, `${secret.NAME}`, or `{ env: NAME, else: generate }`."
);

short_form!(
    TriggerFunction,
    "TriggerFunction",
    "The function that a trigger calls: a key of `lambdas`, an ARN, or a mapping with `lambda`."
);

/// The long form of a trigger.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LongTrigger {
    /// A key of `lambdas`, or an ARN.
    lambda: String,
    /// The shape of the event. AWS's default: `V1_0`, the only one of all triggers but
    /// `pre_token_generation`: `V2_0` can change access tokens too, `V3_0` also those of machines;
    /// both need the tier `ESSENTIALS` or `PLUS`.
    #[schemars(extend("x-model" = "cognito-idp.CreateUserPool.LambdaConfig.PreTokenGenerationConfig.LambdaVersion"))]
    lambda_version: Option<String>,
}

impl ShortForm for TriggerFunction {
    type Long = LongTrigger;
    const EXPECTED: &'static str = "the key of a function, an ARN, or a mapping with `lambda`";

    fn short_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A key of `lambdas`, or an ARN." })
    }

    fn short<E: Error>(text: &str) -> Result<Self, E> {
        Ok(Self { lambda: text.to_owned(), lambda_version: None })
    }

    fn long(long: LongTrigger) -> Self {
        let LongTrigger { lambda, lambda_version } = long;
        Self { lambda, lambda_version }
    }
}

/// The long form of a custom attribute.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LongAttribute {
    /// The type of its values.
    r#type: AttributeType,
    /// Whether its value can change after it is first set. Default: `true`.
    mutable: Option<bool>,
    /// Whether only an administrator can read and write it. Default: `false`.
    developer_only_attribute: Option<bool>,
    /// The shortest text. AWS's default: 0.
    #[schemars(range(min = 0, max = 2048))]
    min_length: Option<u32>,
    /// The longest text. AWS's default: 2048.
    #[schemars(range(min = 0, max = 2048))]
    max_length: Option<u32>,
    /// The least number.
    min_value: Option<i64>,
    /// The greatest number.
    max_value: Option<i64>,
}

impl ShortForm for CustomAttribute {
    type Long = LongAttribute;
    const EXPECTED: &'static str =
        "`string`, `number`, `datetime`, `boolean`, or a mapping with `type`";

    fn short_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<AttributeType>()
    }

    fn short<E: Error>(text: &str) -> Result<Self, E> {
        let r#type = AttributeType::deserialize(text.into_deserializer())?;
        Ok(Self::long(LongAttribute {
            r#type,
            mutable: None,
            developer_only_attribute: None,
            min_length: None,
            max_length: None,
            min_value: None,
            max_value: None,
        }))
    }

    fn long(long: LongAttribute) -> Self {
        let LongAttribute {
            r#type,
            mutable,
            developer_only_attribute,
            min_length,
            max_length,
            min_value,
            max_value,
        } = long;
        Self {
            r#type,
            mutable: mutable.unwrap_or(true),
            developer_only_attribute: developer_only_attribute.unwrap_or(false),
            min_length,
            max_length,
            min_value,
            max_value,
        }
    }
}

impl ShortForm for Code {
    type Long = CodeObject;
    const EXPECTED: &'static str = "a path, or a mapping with `s3_bucket` and `s3_key`";

    fn short_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A folder, a file or a `.zip`, relative to this file.",
        })
    }

    fn short<E: Error>(text: &str) -> Result<Self, E> {
        Ok(Self::Path(text.to_owned()))
    }

    fn long(long: CodeObject) -> Self {
        Self::Object(long)
    }
}

impl ShortForm for Domain {
    type Long = Settings<DomainSettings>;
    const EXPECTED: &'static str = "a prefix, or a mapping with `domain`";

    fn short_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "The prefix: `https://<prefix>.auth.<region>.amazoncognito.com`. Unique \
                in a region over all accounts, so `${account}` is a good part of it.",
            "minLength": 1,
            "maxLength": 63,
            "pattern": PREFIX,
            "x-expected": "lower-case letters, digits and inner `-`",
        })
    }

    fn short<E: Error>(text: &str) -> Result<Self, E> {
        let settings = DomainSettings { domain: text.to_owned(), ..DomainSettings::default() };
        Ok(Self(settings.into()))
    }

    fn long(long: Settings<DomainSettings>) -> Self {
        Self(long)
    }
}

impl ShortForm for Route {
    type Long = RouteSettings;
    const EXPECTED: &'static str = "the key of a function, or a mapping with `lambda` or `http`";

    fn short_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "The key of a function in `lambdas`." })
    }

    fn short<E: Error>(text: &str) -> Result<Self, E> {
        Ok(Self(RouteSettings { lambda: Some(text.to_owned()), ..RouteSettings::default() }))
    }

    fn long(long: RouteSettings) -> Self {
        Self(long)
    }
}

impl ShortForm for Password {
    type Long = PasswordSource;
    const EXPECTED: &'static str =
        "`${env.NAME}`, `${secret.NAME}`, or `{ env: NAME, else: generate }`";

    fn short_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "x-sensitive": true,
            "x-reference-only": true,
            "description": "`${env.NAME}` or `${secret.NAME#KEY}`.",
        })
    }

    fn short<E: Error>(text: &str) -> Result<Self, E> {
        Ok(Self::Reference(text.to_owned()))
    }

    fn long(long: PasswordSource) -> Self {
        Self::Source(long)
    }
}
