//! The style of an app client's managed-login pages.
//!
//! AWS shows no page of a client without one. A client that signs people in through managed login
//! gets Cognito's own style unless the file says otherwise; what a designer makes of it later stays.
//!
//! Which client has one is read only where the file declares one or the pool remembers one, so that
//! nobody else pays for it.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateManagedLoginBranding.html>

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::types::ManagedLoginBrandingType;
use futures::future::try_join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::children::{self, Child, Expected, Family};
use crate::aws::error::{deleted, failed, found, is_there, required};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::settle::settled;
use crate::aws::style::{self, Asset};
use crate::aws::{Aws, ledger};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Live, Origin, OutputName, Outputs, Ownership, Pattern, Removal, Rule,
};
use crate::spec::stack::AppClient;
use crate::spec::{Settings, Stack};

/// The kind.
pub struct ManagedLoginBranding;

/// What calls that collide wait for.
const OTHERS: &str = "other changes of the pool to end";

/// The last segment of an address.
const SEGMENT: &str = "managed_login_branding";

/// One style. With neither settings nor assets it is Cognito's own.
#[derive(Clone, Debug, Deserialize)]
pub struct State {
    user_pool_id: String,
    client_id: String,
    settings: Option<Value>,
    assets: Option<Vec<Asset>>,
    /// The images themselves, by their hashes.
    #[serde(default)]
    images: BTreeMap<String, String>,
}

impl Kind for ManagedLoginBranding {
    const NAME: &'static str = "managed_login_branding";
    const PLACE: Pattern = Pattern("user_pool.app_clients.*.managed_login_branding");
    const FIELDS: &'static [Field] = &[
        Field { path: "user_pool_id", rule: Rule::Replaces("a style stands in one pool") },
        Field { path: "images", rule: Rule::WriteOnly },
    ];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("id")];
    const PARENT: Option<&'static str> = Some("user_pool");
    const REFERS_TO: &'static [&'static str] = &["user_pool", "app_client"];
    const GOES_WITH: &'static [&'static str] = &["user_pool", "app_client"];
    const REMOVAL: Removal = Removal::Guarded;
    type State = State;

    /// None in the local cloud: it shows its pages without one, and cannot hold any.
    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        if given.local {
            return Vec::new();
        }
        let has_pages = stack.has_managed_login();
        let declare = |(key, client): (&String, &Settings<AppClient>)| {
            let mut want = match &client.given.managed_login_branding {
                Some(written) => written.wanted(&json!({ "settings": null, "assets": [] }), false),
                None if client.is_null(SEGMENT) => return None,
                None if has_pages && client.given.signs_in() => serde_json::Map::new(),
                None => return None,
            };
            if given.strict {
                want.entry("settings").or_insert(Value::Null);
                want.entry("assets").or_insert_with(|| json!([]));
            }
            style::part_images(&mut want);
            let client = Address::new(["user_pool", "app_clients", key]);
            want.insert("user_pool_id".to_owned(), json!("${user_pool.id}"));
            want.insert("client_id".to_owned(), json!(format!("${{{}}}", client.child("id"))));
            Some(Declared {
                address: client.child(SEGMENT),
                kind: Self::NAME,
                name: String::new(),
                want: Value::Object(want),
                after: Vec::new(),
                predicted: [].into(),
                origin: Origin::Made,
            })
        };
        stack.app_clients().filter_map(declare).collect()
    }

    /// Finds the clients that may have a style that concerns this stack, and reads theirs.
    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let pool = scope.parent()?;
        let family = Family::of(Self::NAME, SEGMENT, String::new(), pool);
        let remembered = |key: &str| family.letter.is_some_and(|l| family.ledger.has_key(l, key));
        let any = family.letter.is_some_and(|letter| family.ledger.has(letter));
        if scope.own().next().is_none() && !any {
            return Ok(Vec::new());
        }
        let is_declared = |client: &Address| scope.own().any(|d| d.address.is_within(client));
        let clients = clients(aws, scope, pool).await?;
        let concern =
            |(_, client): &&(String, Address)| is_declared(client) || remembered(client.key());
        let reads = clients.iter().filter(concern).map(async |(id, client)| {
            let Some(style) = describe(aws, &pool.id, id).await? else { return Ok(None) };
            live(pool, &family, id, client, is_declared(client), &style).map(Some)
        });
        Ok(try_join_all(reads).await?.into_iter().flatten().collect())
    }

    async fn now(aws: &Aws, live: &Live) -> Result<Now, CloudError> {
        let text = |setting: &str| live.state[setting].as_str().unwrap_or_default();
        let style = describe(aws, text("user_pool_id"), text("client_id")).await?;
        let style =
            style.filter(|style| style.managed_login_branding_id.as_ref() == Some(&live.id));
        let state = |style| state(text("user_pool_id"), text("client_id"), &style);
        Ok(Now::of(style.map(state)))
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let (settings, assets) = sent(&want)?;
        let is_own = settings.is_none() && assets.is_none();
        let create = || async {
            let create = aws.cognito.create_managed_login_branding();
            let create = create.user_pool_id(&want.user_pool_id).client_id(&want.client_id);
            let create = create
                .set_use_cognito_provided_values(is_own.then_some(true))
                .set_settings(settings.clone())
                .set_assets(assets.clone());
            create.send().await.map_err(failed("CreateManagedLoginBranding"))
        };
        let made = match settled(OTHERS, create).await {
            // An earlier try made it and its answer was lost.
            Err(error) if is_there(&error) => {
                let there = describe(aws, &want.user_pool_id, &want.client_id).await?;
                let id = required(there.and_then(|s| s.managed_login_branding_id), "BrandingId")?;
                if !is_own {
                    send_update(aws, &want, &id, false).await?;
                }
                Some(id)
            }
            other => other?.managed_login_branding.and_then(|s| s.managed_login_branding_id),
        };
        let id = required(made, "ManagedLoginBrandingId")?;
        Ok(Made { outputs: Outputs::plain([("id", id.clone())]), id })
    }

    /// AWS lays settings over those that are there, so what the file takes back goes by way of
    /// Cognito's own style. The style of a client that was replaced went with it.
    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let Change { live, want, paths: _ } = &change;
        if change.touches("client_id") {
            return Ok(Self::create(aws, &live.address, want.clone()).await?.outputs);
        }
        let (settings, assets) = sent(want)?;
        let (of_settings, of_assets) = (change.touches("settings"), change.touches("assets"));
        let mut want = want.clone();
        if (of_settings && settings.is_none()) || (of_assets && assets.is_none()) {
            send_update(aws, &want, &live.id, true).await?;
        } else {
            want.settings = want.settings.filter(|_| of_settings);
            want.assets = want.assets.filter(|_| of_assets);
        }
        let (settings, assets) = sent(&want)?;
        if settings.is_some() || assets.is_some() {
            send_update(aws, &want, &live.id, false).await?;
        }
        Ok(Outputs::default())
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let pool = live.state["user_pool_id"].as_str().unwrap_or_default();
        let delete = || async {
            let delete = aws.cognito.delete_managed_login_branding().user_pool_id(pool);
            let delete = delete.managed_login_branding_id(&live.id);
            delete.send().await.map_err(failed("DeleteManagedLoginBranding"))
        };
        deleted(settled(OTHERS, delete).await)
    }
}

type Document = aws_smithy_types::Document;
type Assets = Vec<aws_sdk_cognitoidentityprovider::types::AssetType>;

/// Settings and assets as calls take them; none where there are none.
fn sent(want: &State) -> Result<(Option<Document>, Option<Assets>), CloudError> {
    let settings = want.settings.as_ref().filter(|s| s.as_object().is_some_and(|s| !s.is_empty()));
    let assets = want.assets.as_ref().filter(|assets| !assets.is_empty());
    let assets = assets.map(|assets| style::assets(assets, &want.images)).transpose()?;
    let assets = assets.filter(|assets| !assets.is_empty());
    Ok((settings.map(style::document), assets))
}

/// Sends what is wanted, or that Cognito's own style is.
async fn send_update(aws: &Aws, want: &State, id: &str, is_own: bool) -> Result<(), CloudError> {
    let (settings, assets) = if is_own { (None, None) } else { sent(want)? };
    let update = || async {
        let update = aws.cognito.update_managed_login_branding().user_pool_id(&want.user_pool_id);
        let update = update
            .managed_login_branding_id(id)
            .set_use_cognito_provided_values(is_own.then_some(true))
            .set_settings(settings.clone())
            .set_assets(assets.clone());
        update.send().await.map_err(failed("UpdateManagedLoginBranding"))
    };
    settled(OTHERS, update).await.map(drop)
}

/// The ids of our app clients and where the file has them, or would.
async fn clients(
    aws: &Aws,
    scope: Scope<'_>,
    pool: &Live,
) -> Result<Vec<(String, Address)>, CloudError> {
    let list = aws.cognito.list_user_pool_clients().user_pool_id(&pool.id).into_paginator();
    let listed = list.page_size(60).items().send().collect::<Result<Vec<_>, _>>().await;
    let listed = found(listed.map_err(failed("ListUserPoolClients")))?.unwrap_or_default();
    let child = |client: aws_sdk_cognitoidentityprovider::types::UserPoolClientDescription| Child {
        name: client.client_name.unwrap_or_default(),
        id: client.client_id.unwrap_or_default(),
    };
    let expected: Vec<Expected> =
        children::expected(Scope::new("app_client", scope.declared, scope.parent));
    let family = Family::of("app_client", "app_clients", format!("{}-", aws.stack), pool);
    let belong = family.resolve(&expected, listed.into_iter().map(child).collect())?;
    let ours = belong.into_iter().filter(|(_, belongs)| belongs.ownership == Ownership::Ours);
    Ok(ours.map(|(id, belongs)| (id, belongs.address)).collect())
}

/// Only what differs from Cognito's own style is answered.
async fn describe(
    aws: &Aws,
    pool: &str,
    client: &str,
) -> Result<Option<ManagedLoginBrandingType>, CloudError> {
    let describe = aws.cognito.describe_managed_login_branding_by_client();
    let describe = describe.user_pool_id(pool).client_id(client).send().await;
    let answer = found(describe.map_err(failed("DescribeManagedLoginBrandingByClient")))?;
    let style = answer.and_then(|answer| answer.managed_login_branding);
    Ok(style.filter(|style| style.managed_login_branding_id.is_some()))
}

fn state(pool: &str, client: &str, style: &ManagedLoginBrandingType) -> Value {
    let settings = style.settings.as_ref().filter(|_| !style.use_cognito_provided_values);
    json!({
        "user_pool_id": pool,
        "client_id": client,
        "settings": settings.map(style::value),
        "assets": style::read_assets(style.assets()),
    })
}

fn live(
    pool: &Live,
    family: &Family,
    client_id: &str,
    client: &Address,
    is_declared: bool,
    style: &ManagedLoginBrandingType,
) -> Result<Live, CloudError> {
    let id = required(style.managed_login_branding_id.clone(), "ManagedLoginBrandingId")?;
    let address = client.child(SEGMENT);
    let is_ours = is_declared
        || family.letter.is_some_and(|letter| {
            family.ledger.key_of(letter, &id).is_some()
                || family.ledger.is_pending(letter, ledger::key(&address))
        });
    let theirs = || Ownership::Foreign("somebody else".to_owned());
    Ok(Live {
        address,
        kind: ManagedLoginBranding::NAME,
        state: state(&pool.id, client_id, style),
        outputs: Outputs::plain([("id", id.clone())]),
        id,
        ownership: if is_ours { Ownership::Ours } else { theirs() },
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::Client;
    use aws_sdk_cognitoidentityprovider::operation::create_managed_login_branding::{
        CreateManagedLoginBrandingError, CreateManagedLoginBrandingOutput,
    };
    use aws_sdk_cognitoidentityprovider::operation::delete_managed_login_branding::{
        DeleteManagedLoginBrandingError, DeleteManagedLoginBrandingInput,
        DeleteManagedLoginBrandingOutput,
    };
    use aws_sdk_cognitoidentityprovider::operation::describe_managed_login_branding_by_client::{
        DescribeManagedLoginBrandingByClientError, DescribeManagedLoginBrandingByClientOutput,
    };
    use aws_sdk_cognitoidentityprovider::operation::list_user_pool_clients::ListUserPoolClientsOutput;
    use aws_sdk_cognitoidentityprovider::operation::update_managed_login_branding::UpdateManagedLoginBrandingOutput;
    use aws_sdk_cognitoidentityprovider::types::UserPoolClientDescription;
    use aws_sdk_cognitoidentityprovider::types::error::{
        ManagedLoginBrandingExistsException, ResourceNotFoundException,
    };
    use aws_smithy_mocks::{Rule as MockRule, RuleMode, mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;
    use crate::aws::children::testing;
    use crate::aws::ledger::Ledger;

    fn aws(rules: &[&MockRule]) -> Aws {
        let cognito = mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::MatchAny, rules);
        Aws { cognito, ..Aws::test() }
    }

    /// What a pool with managed login declares of the client `web`, with everything of the pool.
    fn declared(style: Value) -> Vec<Declared> {
        let mut client = json!({ "allowed_oauth_flows": ["code"] });
        crate::spec::lay_over(&mut client, style);
        let stack = testing::stack(json!({
            "domain": { "domain": "demo", "managed_login_version": 2 },
            "app_clients": { "web": client },
        }));
        let mut declared = super::super::declare(&stack, &Given::default());
        for declared in declared.iter_mut().filter(|d| d.kind == ManagedLoginBranding::NAME) {
            declared.want["user_pool_id"] = json!("p_1");
            declared.want["client_id"] = json!("c1");
        }
        declared
    }

    fn own(declared: &[Declared]) -> Vec<Declared> {
        declared.iter().filter(|d| d.kind == ManagedLoginBranding::NAME).cloned().collect()
    }

    fn not_found() -> DescribeManagedLoginBrandingByClientError {
        let meta = ErrorMetadata::builder().code("ResourceNotFoundException").build();
        let error = ResourceNotFoundException::builder().meta(meta).build();
        DescribeManagedLoginBrandingByClientError::ResourceNotFoundException(error)
    }

    /// A style as AWS answers it: dates, and settings that nobody gave.
    fn style(is_own: bool, settings: Option<Value>) -> ManagedLoginBrandingType {
        ManagedLoginBrandingType::builder()
            .managed_login_branding_id("b-1")
            .user_pool_id("p_1")
            .use_cognito_provided_values(is_own)
            .set_settings(settings.as_ref().map(style::document))
            .creation_date(aws_smithy_types::DateTime::from_secs(1))
            .build()
    }

    fn described(style: ManagedLoginBrandingType) -> MockRule {
        mock!(Client::describe_managed_login_branding_by_client)
            .match_requests(|sent| {
                sent.client_id() == Some("c1") && sent.return_merged_resources().is_none()
            })
            .then_output(move || {
                let output = DescribeManagedLoginBrandingByClientOutput::builder();
                output.managed_login_branding(style.clone()).build()
            })
    }

    fn clients() -> MockRule {
        mock!(Client::list_user_pool_clients).then_output(|| {
            let client = |id: &str, name: &str| {
                UserPoolClientDescription::builder().client_id(id).client_name(name).build()
            };
            let clients = [client("c1", "demo-web"), client("c2", "by hand")];
            ListUserPoolClientsOutput::builder().set_user_pool_clients(Some(clients.into())).build()
        })
    }

    /// A pool that remembers the client and, where it is ours, the style.
    fn pool(is_ours: bool) -> Live {
        let mut ledger = Ledger::default();
        ledger.made('c', "web", "c1");
        if is_ours {
            ledger.made('b', "web", "b-1");
        }
        testing::pool_with(&ledger)
    }

    async fn observed(
        of: &[Declared],
        style: ManagedLoginBrandingType,
        is_ours: bool,
    ) -> Vec<Live> {
        let aws = aws(&[&clients(), &described(style)]);
        let pool = pool(is_ours);
        let scope = Scope::new(ManagedLoginBranding::NAME, of, Some(&pool));
        ManagedLoginBranding::observe(&aws, scope).await.unwrap()
    }

    #[test]
    fn who_signs_people_in_through_managed_login_gets_a_style_unless_the_file_says_otherwise() {
        let keys = |pool: Value| -> Vec<String> {
            let declared = ManagedLoginBranding::declare(&testing::stack(pool), &Given::default());
            declared.iter().map(|declared| ledger::key(&declared.address).to_owned()).collect()
        };
        let clients = json!({
            "code": { "allowed_oauth_flows": ["code"] },
            "implicit": { "allowed_oauth_flows": ["implicit"] },
            "machine": { "allowed_oauth_flows": ["client_credentials"] },
            "none": { "allowed_oauth_flows": ["code"], "managed_login_branding": null },
            "off": { "allowed_oauth_flows": ["code"], "allowed_oauth_flows_user_pool_client": false },
            "styled": { "managed_login_branding": { "settings": { "a": 1 } } },
        });
        let two = json!({ "domain": "demo", "managed_login_version": 2 });
        let own = json!({ "domain": "a.b", "certificate_arn": "c", "managed_login_version": 2 });
        for domain in [json!({ "domain": two }), json!({ "custom_domain": own })] {
            let mut pool = json!({ "app_clients": clients });
            crate::spec::lay_over(&mut pool, domain);
            assert_eq!(keys(pool), ["code", "implicit", "styled"]);
        }
        assert_eq!(keys(json!({ "domain": "demo", "app_clients": clients })), ["styled"]);
        let stack = testing::stack(json!({ "domain": two, "app_clients": clients }));
        let local = Given { local: true, ..Given::default() };
        assert_eq!(ManagedLoginBranding::declare(&stack, &local), []);
    }

    #[tokio::test]
    async fn a_client_gets_cognitos_own_style_which_is_then_kept_whatever_aws_fills_in() {
        let create = mock!(Client::create_managed_login_branding)
            .match_requests(|sent| {
                sent.user_pool_id() == Some("p_1")
                    && sent.client_id() == Some("c1")
                    && sent.use_cognito_provided_values() == Some(true)
                    && sent.settings().is_none()
                    && sent.assets.is_none()
            })
            .then_output(|| {
                let made = CreateManagedLoginBrandingOutput::builder();
                made.managed_login_branding(style(true, None)).build()
            });
        let all = declared(json!({}));
        let own = own(&all);
        let want = testing::wanted::<ManagedLoginBranding>(&own[0]);
        let made = ManagedLoginBranding::create(&aws(&[&create]), &own[0].address, want).await;
        assert_eq!(made.unwrap().id, "b-1");
        let filled = json!({ "components": { "form": { "borderRadius": 8.0 } } });
        let answers =
            [style(true, None), style(false, Some(filled.clone())), style(true, Some(filled))];
        for answer in answers {
            let live = observed(&all, answer, true).await;
            let plan = testing::plan::<ManagedLoginBranding>(own.clone(), live);
            assert_eq!((plan.kept.len(), plan.steps.len()), (1, 0), "{:?}", plan.steps);
        }
    }

    #[tokio::test]
    async fn declared_settings_are_sent_compared_and_laid_over_those_that_are_there() {
        let settings = json!({ "b": { "list": [{ "y": 1, "x": true }] }, "a": "dark" });
        let all = declared(json!({ "managed_login_branding": { "settings": settings } }));
        let own = own(&all);
        let create = mock!(Client::create_managed_login_branding)
            .match_requests(|sent| {
                let value = sent.settings().map(style::value);
                sent.use_cognito_provided_values().is_none()
                    && value
                        == Some(json!({ "b": { "list": [{ "y": 1, "x": true }] }, "a": "dark" }))
            })
            .then_error(|| {
                let meta = ErrorMetadata::builder().code("ManagedLoginBrandingExistsException");
                let error = ManagedLoginBrandingExistsException::builder().meta(meta.build());
                CreateManagedLoginBrandingError::ManagedLoginBrandingExistsException(error.build())
            });
        let update = mock!(Client::update_managed_login_branding)
            .match_requests(|sent| {
                sent.managed_login_branding_id() == Some("b-1")
                    && sent.use_cognito_provided_values().is_none()
                    && sent.settings().is_some()
                    && sent.assets.is_none()
            })
            .then_output(|| UpdateManagedLoginBrandingOutput::builder().build());
        let there = described(style(true, None));
        let want = || testing::wanted::<ManagedLoginBranding>(&own[0]);
        let aws = aws(&[&create, &update, &there]);
        ManagedLoginBranding::create(&aws, &own[0].address, want()).await.unwrap();
        assert_eq!(update.num_calls(), 1, "an earlier try made it");

        let more = json!({ "b": { "list": [{ "x": true, "y": 1 }] }, "a": "dark", "c": 1 });
        let live = observed(&all, style(false, Some(more)), true).await;
        let plan = testing::plan::<ManagedLoginBranding>(own.clone(), live);
        assert_eq!((plan.kept.len(), plan.steps.len()), (1, 0), "{:?}", plan.steps);

        let live = observed(&all, style(false, Some(json!({ "a": "light" }))), true).await;
        let plan = testing::plan::<ManagedLoginBranding>(own.clone(), live.clone());
        let paths: Vec<&str> = plan.steps[0].changes.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(paths, ["settings.a", "settings.b.list"]);
        let change = Change { live: &live[0], want: want(), paths };
        ManagedLoginBranding::update(&aws, change).await.unwrap();
        assert_eq!(update.num_calls(), 2);
    }

    #[tokio::test]
    async fn settings_that_the_file_takes_back_give_way_to_cognitos_own_style() {
        let all = declared(json!({ "managed_login_branding": { "settings": null } }));
        let own = own(&all);
        let live = observed(&all, style(false, Some(json!({ "a": 1 }))), true).await;
        let plan = testing::plan::<ManagedLoginBranding>(own.clone(), live.clone());
        assert_eq!(plan.steps[0].changes[0].path, "settings");
        let back = mock!(Client::update_managed_login_branding)
            .match_requests(|sent| {
                sent.use_cognito_provided_values() == Some(true) && sent.settings().is_none()
            })
            .then_output(|| UpdateManagedLoginBrandingOutput::builder().build());
        let want = crate::plan::overlay(&live[0].state, &own[0].want, ManagedLoginBranding::FIELDS);
        let want = serde_json::from_value(want).unwrap();
        let change = Change { live: &live[0], want, paths: vec!["settings"] };
        ManagedLoginBranding::update(&aws(&[&back]), change).await.unwrap();
        assert_eq!(back.num_calls(), 1);
    }

    #[tokio::test]
    async fn images_are_sent_and_compared_by_what_they_hold() {
        use aws_sdk_cognitoidentityprovider::primitives::Blob;
        use aws_sdk_cognitoidentityprovider::types::{
            AssetCategoryType, AssetExtensionType, AssetType, ColorSchemeModeType,
        };
        let asset = |bytes: &str| {
            AssetType::builder()
                .category(AssetCategoryType::FormLogo)
                .color_mode(ColorSchemeModeType::Light)
                .extension(AssetExtensionType::Svg)
                .bytes(Blob::new(bytes))
                .build()
                .unwrap()
        };
        let logo = json!({
            "extension": "SVG", "category": "FORM_LOGO", "color_mode": "LIGHT", "bytes": "PHN2Zy8+",
        });
        let all = declared(json!({ "managed_login_branding": { "assets": [logo] } }));
        let own = own(&all);
        let expected = asset("<svg/>");
        let create = mock!(Client::create_managed_login_branding)
            .match_requests(move |sent| sent.assets() == std::slice::from_ref(&expected))
            .then_output(|| {
                let made = CreateManagedLoginBrandingOutput::builder();
                made.managed_login_branding(style(false, None)).build()
            });
        let want = testing::wanted::<ManagedLoginBranding>(&own[0]);
        let aws = aws(&[&create]);
        ManagedLoginBranding::create(&aws, &own[0].address, want).await.unwrap();
        let with = |bytes: &str| {
            ManagedLoginBrandingType::builder()
                .managed_login_branding_id("b-1")
                .assets(asset(bytes))
                .build()
        };
        let live = observed(&all, with("<svg/>"), true).await;
        let plan = testing::plan::<ManagedLoginBranding>(own.clone(), live);
        assert_eq!((plan.kept.len(), plan.steps.len()), (1, 0), "{:?}", plan.steps);
        let live = observed(&all, with("<svg>another</svg>"), true).await;
        let plan = testing::plan::<ManagedLoginBranding>(own, live);
        assert_eq!(plan.steps[0].changes[0].path, "assets");
    }

    #[tokio::test]
    async fn what_the_file_drops_goes_where_it_is_ours_and_nothing_is_asked_where_none_can_be() {
        let none = declared(json!({ "managed_login_branding": null }));
        let live = observed(&none, style(true, None), true).await;
        assert_eq!(live[0].address.to_string(), "user_pool.app_clients.web.managed_login_branding");
        let plan = testing::plan::<ManagedLoginBranding>(Vec::new(), live.clone());
        assert_eq!(plan.steps.len(), 1);
        let delete = mock!(Client::delete_managed_login_branding)
            .match_requests(|sent| {
                let wanted = DeleteManagedLoginBrandingInput::builder().user_pool_id("p_1");
                *sent == wanted.managed_login_branding_id("b-1").build().unwrap()
            })
            .then_output(|| DeleteManagedLoginBrandingOutput::builder().build());
        ManagedLoginBranding::delete(&aws(&[&delete]), &live[0]).await.unwrap();
        let gone = mock!(Client::delete_managed_login_branding).then_error(|| {
            let meta = ErrorMetadata::builder().code("ResourceNotFoundException").build();
            let error = ResourceNotFoundException::builder().meta(meta).build();
            DeleteManagedLoginBrandingError::ResourceNotFoundException(error)
        });
        ManagedLoginBranding::delete(&aws(&[&gone]), &live[0]).await.unwrap();

        // Neither the file nor the pool knows of one: no call at all.
        let pool = pool(false);
        let scope = Scope::new(ManagedLoginBranding::NAME, &none, Some(&pool));
        assert_eq!(ManagedLoginBranding::observe(&aws(&[]), scope).await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_client_without_a_style_is_seen_to_have_none() {
        let describe =
            mock!(Client::describe_managed_login_branding_by_client).then_error(not_found);
        let (all, pool) = (declared(json!({})), pool(false));
        let scope = Scope::new(ManagedLoginBranding::NAME, &all, Some(&pool));
        let aws = aws(&[&clients(), &describe]);
        assert_eq!(ManagedLoginBranding::observe(&aws, scope).await.unwrap(), []);
        assert_eq!(describe.num_calls(), 1, "a client by hand is not looked at");
    }

    #[tokio::test]
    async fn a_client_that_was_replaced_gets_a_style_of_its_own() {
        let all = declared(json!({}));
        let mut own = own(&all);
        own[0].want["client_id"] = json!("c9");
        let live = observed(&all, style(true, None), true).await;
        let plan = testing::plan::<ManagedLoginBranding>(own.clone(), live.clone());
        assert_eq!((plan.refusals.len(), plan.steps[0].changes[0].path.as_str()), (0, "client_id"));
        let create = mock!(Client::create_managed_login_branding)
            .match_requests(|sent| sent.client_id() == Some("c9"))
            .then_output(|| {
                let made = CreateManagedLoginBrandingOutput::builder();
                made.managed_login_branding(style(true, None)).build()
            });
        let want = testing::wanted::<ManagedLoginBranding>(&own[0]);
        let change = Change { live: &live[0], want, paths: vec!["client_id"] };
        ManagedLoginBranding::update(&aws(&[&create]), change).await.unwrap();
        assert_eq!(create.num_calls(), 1);
    }
}
