//! What goes, what stays, and who must have said so.

mod theirs;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use aws_sdk_cognitoidentityprovider as cognito;

use crate::end_to_end::{CHANGES, STACK, World, on_a_terminal, with_surroundings_of};
use crate::support::emulators::Emulator;
use crate::support::inventory;
use crate::support::proxy::Proxy;
use crate::support::read_back::{Holdings, Reader};

/// What is somebody else's, region by region, and how it reads.
struct Theirs(Vec<(Reader, Holdings, BTreeMap<String, String>)>);

impl Theirs {
    /// All that is there now.
    async fn read(url: &str) -> Self {
        let mut all = Vec::new();
        for region in ["us-east-1", "eu-west-1"] {
            let reader = Reader::new(url, region);
            let holdings = reader.holdings().await;
            let answers = reader.read(&holdings).await;
            let empty: Vec<_> = answers.iter().filter(|(_, answer)| answer.len() < 6).collect();
            assert!(empty.is_empty(), "{empty:?}");
            all.push((reader, holdings, answers));
        }
        Self(all)
    }

    /// Fails where anything of it reads otherwise than before.
    async fn assert_untouched(&self, after: &str) {
        for (reader, holdings, before) in &self.0 {
            let now = reader.read(holdings).await;
            assert_eq!(
                now.keys().collect::<Vec<_>>(),
                before.keys().collect::<Vec<_>>(),
                "{after}"
            );
            for (what, answer) in before {
                assert_eq!(now[what], *answer, "{after} touched {what}");
            }
        }
    }

    /// Fails where there is anything besides.
    async fn assert_alone(&self) {
        for (reader, holdings, _) in &self.0 {
            assert_eq!(reader.holdings().await, *holdings, "something is left behind");
        }
    }
}

fn url(world: &World) -> String {
    format!("http://127.0.0.1:{}", world.emulator.port)
}

/// The same stack under another name, and in another region.
fn others() -> [String; 2] {
    let second = STACK.replace("stack: whole\n", "stack: whole2\n");
    let second = second.replace("domain: whole-${account}", "domain: whole2-${account}");
    let abroad = STACK.replace("region: us-east-1\n", "region: eu-west-1\n");
    let abroad = abroad.replace("domain: whole-${account}", "domain: whole-abroad");
    assert!(!abroad.contains("us-east-1"));
    [second, abroad]
}

/// The id of the stack's own pool: the one that was not there before.
async fn own_pool(theirs: &Theirs) -> String {
    let (reader, before, _) = &theirs.0[0];
    let now = reader.holdings().await.pools;
    let mut new = now.difference(&before.pools);
    new.next().unwrap().clone()
}

async fn nothing_of_anybody_else_is_touched(emulator: Emulator, unchangeable: &[&str]) {
    let world = World::new(emulator).await;
    for other in others() {
        world.write(&other);
        let _ = world.run(&["apply", "--yes"]).await.exits(0);
    }
    theirs::make(&url(&world)).await;
    let theirs = Theirs::read(&url(&world)).await;

    // The names of a pool and of an API need not be unique: a second one is made beside.
    world.write(STACK);
    let _ = world.run(&["apply", "--yes"]).await.exits(4);
    theirs.assert_untouched("a refused apply").await;
    let _ = world.run(&["apply", "--yes", "--beside"]).await.exits(0);
    theirs.assert_untouched("apply").await;

    // Children of our own pool that were made by hand.
    let pool = own_pool(&theirs).await;
    let client = cognito::Client::new(&inventory::config(&url(&world)));
    theirs::children(&client, &pool, "by-hand", "BY-HAND", "by-hand").await;
    let by_hand = by_hand(&url(&world), &pool).await;
    let is_possible = |(_, _, shown): &&(&str, &str, &str)| !unchangeable.contains(shown);
    let changed = CHANGES
        .iter()
        .filter(is_possible)
        .fold(STACK.to_owned(), |text, (from, to, _)| text.replacen(from, to, 1));
    let changed =
        changed.replace("    other: { generate_secret: true, auth_session_validity: 5m }\n", "");
    world.write(&changed);
    let allowed = ["apply", "--yes", "--allow-delete", "user_pool.app_clients.other"];
    let _ = world.run(&allowed).await.exits(0);
    theirs.assert_untouched("an update").await;
    assert_eq!(
        self::by_hand(&url(&world), &pool).await,
        by_hand,
        "an update touched what is not ours"
    );

    // They go with the pool, and the plan says so before.
    let refused = world.run(&["destroy", "--yes"]).await.exits(4);
    for goes in [
        "user_pool.app_clients.by-hand goes with user_pool",
        "user_pool.groups.BY-HAND goes with user_pool",
        "lost with it: 1 user that the file does not declare, 1 identity provider",
    ] {
        assert!(refused.stdout.contains(goes), "{goes}:\n{}", refused.stdout);
    }
    assert!(refused.stderr.contains("`--confirm whole` removes"), "{}", refused.stderr);
    let wrong = world.run(&["destroy", "--yes", "--confirm", "whole2"]).await.exits(4);
    assert!(wrong.stderr.contains("`--confirm whole2` names another stack"), "{}", wrong.stderr);
    assert_eq!(self::by_hand(&url(&world), &pool).await, by_hand, "a refusal touched something");
    theirs.assert_untouched("a refused destroy").await;
    let _ = world.run(&["destroy", "--yes", "--confirm", "whole"]).await.exits(0);
    theirs.assert_untouched("destroy").await;
    theirs.assert_alone().await;
}

/// How a pool's children read that were made by hand.
async fn by_hand(url: &str, pool: &str) -> BTreeMap<String, String> {
    let client = cognito::Client::new(&inventory::config(url));
    let clients = client.list_user_pool_clients().user_pool_id(pool).max_results(60);
    let clients = clients.send().await.unwrap();
    let of_hand = clients.user_pool_clients().iter().find(|c| c.client_name() == Some("by-hand"));
    let id = of_hand.unwrap().client_id().unwrap();
    let mut all = BTreeMap::new();
    Reader::new(url, "us-east-1").pool(pool, &mut all).await;
    let theirs = [id, "groups of by-hand", "TheirOkta"].map(|what| format!("pool {pool} {what}"));
    all.retain(|what, _| theirs.contains(what));
    assert_eq!(all.len(), theirs.len());
    let group = client.get_group().user_pool_id(pool).group_name("BY-HAND");
    let user = client.admin_get_user().user_pool_id(pool).username("by-hand");
    all.insert("group".to_owned(), format!("{:?}", group.send().await.unwrap().group));
    all.insert("user".to_owned(), format!("{:?}", user.send().await.unwrap().user_attributes));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_anybody_else_is_touched_on_ministack() {
    let unchangeable = ["user_pool.groups.SYSADM description"];
    nothing_of_anybody_else_is_touched(Emulator::ministack().await, &unchangeable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_anybody_else_is_touched_on_moto() {
    let unchangeable = [
        "user_pool.resource_servers.tokens scopes.write",
        "http_api.stages.prod stage_variables.a",
    ];
    nothing_of_anybody_else_is_touched(Emulator::moto().await, &unchangeable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_stops_declaring_its_pool_is_refused_and_the_pool_stays() {
    let world = World::new(Emulator::ministack().await).await;
    world.write("stack: small\nregion: us-east-1\nuser_pool: { app_clients: { web: {} } }\n");
    world.settle().await;
    let before = Theirs::read(&url(&world)).await;
    for file in [
        "stack: small\nregion: us-east-1\n",
        "stack: small\nregion: us-east-1\nuser_pool: null\n",
        "stack: small\nregion: us-east-1\nuser_pool:\n",
    ] {
        world.write(file);
        world.proxy.take();
        let everything = ["apply", "--yes", "--allow-delete", "user_pool", "--allow-delete"];
        let everything = [&everything[..], &["user_pool.app_clients.web"]].concat();
        for arguments in [&["plan"][..], &["apply", "--yes"], &everything] {
            let refused = world.run(arguments).await.exits(4);
            let said = "the file no longer declares";
            assert!(refused.stderr.contains(said), "{arguments:?}: {}", refused.stderr);
            assert!(refused.stderr.contains("provision destroy"), "{}", refused.stderr);
        }
        assert_eq!(world.proxy.take_writes(), Vec::<String>::new());
    }
    let (code, text) = on_a_terminal(&world, &["apply"], "yes").await;
    assert_eq!(code, 4, "nobody can answer that with yes: {text}");
    before.assert_untouched("a refused apply").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn under_yes_each_guarded_kind_is_deleted_only_where_it_is_named() {
    let world = World::new(Emulator::ministack().await).await;
    let api = &STACK[STACK.find("http_api:\n").unwrap()..STACK.find("outputs:\n").unwrap()];
    let servers = "    reports: { scopes: { read: Reads reports } }\n";
    let scope = ", \"${user_pool.resource_servers.reports.identifier}/read\"";
    let removals: &[(&str, &[&str])] = &[
        (
            "user_pool.app_clients.other",
            &["    other: { generate_secret: true, auth_session_validity: 5m }\n"],
        ),
        ("user_pool.domain", &["  domain: whole-${account}\n"]),
        ("user_pool.resource_servers.reports", &[servers, scope]),
        (
            "user_pool.groups.SYSADM",
            &[
                "  groups:\n    SYSADM: { description: Database administrators, precedence: 1 }\n",
                ", groups: [SYSADM]",
            ],
        ),
        ("lambdas.token.function_url", &["    function_url: { auth_type: AWS_IAM }\n"]),
        ("http_api", &[api, "  token_url: ${http_api.url}/token\n"]),
    ];
    world.settle().await;
    let without = |text: &str, parts: &[&str]| {
        parts.iter().fold(text.to_owned(), |text, part| {
            assert!(text.contains(part), "{part}");
            text.replace(part, "")
        })
    };
    let mut file = STACK.to_owned();
    for (address, parts) in removals {
        world.write(&without(STACK, parts));
        world.proxy.take();
        let flag = format!("--allow-delete '{address}'");
        let refused = world.run(&["apply", "--yes"]).await.exits(4);
        assert!(refused.stderr.contains(&flag), "{flag}: {}", refused.stderr);
        let other = ["apply", "--yes", "--allow-delete", "user_pool", "--allow-delete", "lambdas"];
        let refused = world.run(&other).await.exits(4);
        assert!(refused.stderr.contains(&flag), "another's name is none: {}", refused.stderr);
        assert_eq!(world.proxy.take_writes(), Vec::<String>::new(), "{address}");
        file = without(&file, parts);
    }
    // Somebody who is asked and says yes has said it.
    world.write(&without(STACK, removals[0].1));
    let (code, text) = on_a_terminal(&world, &["apply"], "yes").await;
    assert_eq!(code, 0, "{text}");
    world.write(&file);
    let flags = removals.iter().flat_map(|(address, _)| ["--allow-delete", address]);
    let all: Vec<&str> = ["apply", "--yes"].into_iter().chain(flags).collect();
    let _ = world.run(&all).await.exits(0);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn protection_is_lifted_for_demos_alone_unless_it_is_asked_for() {
    let world = World::new(Emulator::ministack().await).await;
    let stack = |name: &str, more: &str| {
        format!(
            "stack: {name}\nregion: us-east-1\n{more}user_pool: {{ deletion_protection: ACTIVE }}\n"
        )
    };
    let empty = Theirs::read(&url(&world)).await;
    world.write(&stack("lasting", ""));
    world.settle().await;
    let before = Theirs::read(&url(&world)).await;
    // From the file, and from the tags alone.
    for arguments in [&["destroy", "--yes"][..], &["destroy", "--yes", "--stack-name", "lasting"]] {
        let refused = world.run(arguments).await.exits(4);
        assert!(refused.stderr.contains("`--remove-protection` lifts"), "{}", refused.stderr);
        let confirmed = [arguments, &["--confirm", "lasting"]].concat();
        let _ = world.run(&confirmed).await.exits(4);
    }
    before.assert_untouched("a refused destroy").await;
    let _ = world.run(&["destroy", "--yes", "--remove-protection"]).await.exits(0);
    empty.assert_alone().await;

    for by_name in [false, true] {
        world.write(&stack("demo", "expires: 8h\n"));
        world.settle().await;
        let by_file: &[&str] = &["destroy", "--yes"];
        let arguments =
            if by_name { &["destroy", "--yes", "--stack-name", "demo"] } else { by_file };
        let ran = world.run(arguments).await.exits(0);
        assert!(ran.stdout.contains("protection against deletion is lifted"), "{}", ran.stdout);
        empty.assert_alone().await;
    }

    // A stack that was a demo and is none any more: the file decides, not the tag of then.
    world.write(&stack("demo", "expires: 8h\n"));
    world.settle().await;
    world.write(&stack("demo", ""));
    let refused = world.run(&["destroy", "--yes"]).await.exits(4);
    assert!(refused.stderr.contains("`--remove-protection` lifts"), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_lost_only_where_the_stacks_name_is_typed() {
    let world = World::new(Emulator::ministack().await).await;
    let empty = Theirs::read(&url(&world)).await;
    let file = "stack: people\nregion: us-east-1\nuser_pool:\n  deletion_protection: INACTIVE\n  \
                users: { ann: { email: ann@example.com } }\n";
    world.write(file);
    world.settle().await;
    let pool = own_pool(&empty).await;
    let client = cognito::Client::new(&inventory::config(&url(&world)));
    for name in ["bob", "eve"] {
        let create = client.admin_create_user().user_pool_id(&pool).username(name);
        let create = create.temporary_password("Theirs-Alone-99");
        create.message_action(cognito::types::MessageActionType::Suppress).send().await.unwrap();
    }
    let before = Theirs::read(&url(&world)).await;
    let lost = "2 users that the file does not declare";
    // `--yes` says yes to the plan, not to this; and neither `yes` nor another name is the name.
    for (arguments, answer) in
        [(&["destroy"][..], "yes"), (&["destroy", "--yes"], "yes"), (&["destroy"], "peopl")]
    {
        let (code, text) = on_a_terminal(&world, arguments, answer).await;
        assert_eq!(code, 4, "{text}");
        let shown = text.find(&format!("lost with it: {lost}")).expect(&text);
        let asked = text.find("Type the stack's name").expect(&text);
        assert!(shown < asked, "the plan is shown before it is asked about: {text}");
    }
    let json = world.run(&["destroy", "--yes", "--format", "json"]).await.exits(4);
    assert!(json.stderr.contains(lost), "{}", json.stderr);
    before.assert_untouched("a refused destroy").await;
    let (code, text) = on_a_terminal(&world, &["destroy"], "people").await;
    assert_eq!(code, 0, "{text}");
    empty.assert_alone().await;

    // Without the file nobody is declared.
    world.write(file);
    world.settle().await;
    let by_name = ["destroy", "--yes", "--stack-name", "people"];
    let refused = world.run(&by_name).await.exits(4);
    assert!(refused.stderr.contains("1 user that the file does not declare"), "{}", refused.stderr);
    let _ = world.run(&[&by_name[..], &["--confirm", "people"]].concat()).await.exits(0);
    empty.assert_alone().await;
}

/// Starts a command, and kills it once it has sent so many writes; whether it came so far.
async fn cut(world: &World, arguments: &[&str], writes: usize) -> bool {
    let command = world.command(arguments);
    let mut child = std::process::Command::new(command.get_program());
    with_surroundings_of(&mut child, &command, world).args(command.get_args());
    let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut seen = 0;
    while seen < writes && child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "only {seen} writes");
        seen += world.proxy.take_writes().len();
        tokio::task::yield_now().await;
    }
    let _ = child.kill();
    child.wait().unwrap();
    seen >= writes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroy_that_was_cut_anywhere_goes_on_and_leaves_nothing() {
    let mut world = World::new(Emulator::ministack().await).await;
    world.proxy = Proxy::with_delay(world.emulator.port, Duration::from_millis(15)).await;
    let empty = Theirs::read(&url(&world)).await;
    // After the lock, among the first, in the middle, and near the end; with the file and without.
    for (writes, by_name) in [(1, false), (4, true), (8, false), (12, true), (16, false)] {
        let _ = world.run(&["apply", "--yes", "--no-lock"]).await.exits(0);
        world.proxy.take();
        let by_name: &[&str] = if by_name { &["--stack-name", "whole"] } else { &[] };
        let more = ["--yes", "--confirm", "whole"];
        let destroy = [&["destroy"], &more[..], by_name].concat();
        assert!(cut(&world, &destroy, writes).await, "fewer than {writes} writes");
        // Whoever was killed holds the lock until its lease ends.
        let _ = world.run(&["unlock", "--yes"]).await.exits(0);
        let _ = world.run(&destroy).await.exits(0);
        empty.assert_alone().await;
    }
}
