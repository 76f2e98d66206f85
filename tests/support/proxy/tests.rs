//! The proxy itself, in front of a server that answers all alike.

use std::process::{Command, Stdio};

use aws_sdk_cognitoidentityprovider as cognito;
use aws_sdk_sts::error::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;

use super::faults::{Break, BreakAt, Chance, ExpiredFrom};
use super::script::{Line, Script};
use super::*;
use crate::support::inventory;

/// A server that says `{}` to everything, and counts.
async fn server() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            if wire::read(&mut client).await.unwrap().is_some() {
                counted.fetch_add(1, Ordering::SeqCst);
                let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
                client.write_all(answer.as_bytes()).await.unwrap();
                client.shutdown().await.unwrap();
            }
        }
    });
    (port, count)
}

fn config(proxy: &Proxy) -> aws_config::SdkConfig {
    let config = inventory::config(&proxy.url()).into_builder();
    config.retry_config(RetryConfig::disabled()).build()
}

/// Code and words of an error.
fn told<T, E, R>(result: Result<T, cognito::error::SdkError<E, R>>) -> Option<(String, String)>
where
    E: ProvideErrorMetadata,
{
    let error = result.err()?;
    let error = error.as_service_error()?.meta();
    Some((error.code()?.to_owned(), error.message()?.to_owned()))
}

#[tokio::test]
async fn errors_have_the_shape_that_each_service_gives_them() {
    let (port, count) = server().await;
    let proxy = Proxy::start(port).await;
    proxy.interfere(Arc::new(Chance::new(1, 1000, 0, 0)));
    let config = config(&proxy);
    let pools = cognito::Client::new(&config);
    let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
    let tags = aws_sdk_resourcegroupstagging::Client::new(&config);
    let told = [
        told(pools.list_user_pools().max_results(1).send().await),
        told(aws_sdk_lambda::Client::new(&config).list_functions().send().await),
        told(aws_sdk_apigatewayv2::Client::new(&config).get_apis().send().await),
        told(aws_sdk_iam::Client::new(&config).list_roles().send().await),
        told(aws_sdk_sts::Client::new(&config).get_caller_identity().send().await),
        told(aws_sdk_cloudwatchlogs::Client::new(&config).describe_log_groups().send().await),
        told(aws_sdk_ssm::Client::new(&config).get_parameter().name("x").send().await),
        told(tags.get_resources().send().await),
        told(aws_sdk_s3::Client::from_conf(s3).list_buckets().send().await),
    ];
    let codes = told.map(|told| {
        let (code, message) = told.expect("the error can be read");
        assert_eq!(message, "Rate exceeded");
        code
    });
    let expected = [
        "TooManyRequestsException",
        "TooManyRequestsException",
        "TooManyRequestsException",
        "Throttling",
        "Throttling",
        "ThrottlingException",
        "ThrottlingException",
        "ThrottledException",
        "SlowDown",
    ];
    assert_eq!(codes, expected);
    assert_eq!(count.load(Ordering::SeqCst), 0, "none of them was passed on");
    assert_eq!(proxy.count(), expected.len());
}

#[tokio::test]
async fn a_break_meets_the_nth_request_alone_before_or_after_it_is_done() {
    let (port, count) = server().await;
    let proxy = Proxy::start(port).await;
    let pools = cognito::Client::new(&config(&proxy));
    let cases = [
        (Break::Cut, [true, false, true], 2),
        (Break::Lose, [true, false, true], 3),
        (Break::CutFromThere, [true, false, false], 1),
        (Break::LoseAndCut, [true, false, false], 2),
    ];
    for (what, expected, done) in cases {
        proxy.interfere(Arc::new(BreakAt { what, n: 2 }));
        count.store(0, Ordering::SeqCst);
        for answered in expected {
            let answer = pools.list_user_pools().max_results(1).send().await;
            assert_eq!(answer.is_ok(), answered, "{what:?}");
        }
        assert_eq!(count.load(Ordering::SeqCst), done, "{what:?}");
    }
    proxy.leave_alone();
    assert!(pools.list_user_pools().max_results(1).send().await.is_ok());
}

#[tokio::test]
async fn the_program_is_killed_and_its_last_request_is_done() {
    let (port, count) = server().await;
    let proxy = Proxy::start(port).await;
    proxy.interfere(Arc::new(BreakAt { what: Break::Kill, n: 1 }));
    let mut victim = Command::new("sleep").arg("60").stdout(Stdio::null()).spawn().unwrap();
    proxy.aim_at(Some(Pid::from_child(&victim)));
    let pools = cognito::Client::new(&config(&proxy));
    assert!(pools.list_user_pools().max_results(1).send().await.is_err());
    assert_eq!(victim.wait().unwrap().code(), None, "a signal ended it");
    proxy.quiet().await;
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn chance_is_the_same_with_the_same_seed_and_near_what_was_asked_for() {
    let (port, _) = server().await;
    let proxy = Proxy::start(port).await;
    let pools = cognito::Client::new(&config(&proxy));
    let mut rounds = Vec::new();
    for seed in [7, 7, 8] {
        let chance = Arc::new(Chance::new(seed, 300, 100, 50));
        proxy.interfere(chance.clone());
        let mut ends = Vec::new();
        for _ in 0..100 {
            ends.push(pools.list_user_pools().max_results(1).send().await.is_ok());
        }
        assert_eq!(chance.injected(), ends.iter().filter(|fine| !**fine).count());
        assert!((25..=65).contains(&chance.injected()), "{}", chance.injected());
        rounds.push(ends);
    }
    assert_eq!(rounds[0], rounds[1]);
    assert_ne!(rounds[0], rounds[2]);
}

#[tokio::test]
async fn a_script_answers_the_calls_that_it_names_and_credentials_run_out() {
    let (port, _) = server().await;
    let proxy = Proxy::start(port).await;
    let config = config(&proxy);
    let pools = cognito::Client::new(&config);
    let busy = (400, "ConcurrentModificationException");
    let script = Arc::new(Script(vec![Line::first("cognito-idp:ListUserPools", 2, busy, "busy")]));
    proxy.interfere(script.clone());
    let mut ends = Vec::new();
    for _ in 0..3 {
        ends.push(told(pools.list_user_pools().max_results(1).send().await));
    }
    let said = Some(("ConcurrentModificationException".to_owned(), "busy".to_owned()));
    assert_eq!(ends, [said.clone(), said, None]);
    assert_eq!(script.0[0].given(), 2);

    proxy.interfere(Arc::new(ExpiredFrom(2)));
    assert!(pools.list_user_pools().max_results(1).send().await.is_ok());
    let roles = aws_sdk_iam::Client::new(&config).list_roles().send().await;
    assert_eq!(told(roles).unwrap().0, "ExpiredToken");
}
