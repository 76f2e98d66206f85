//! A stand-in for the outside identity provider: an authorization endpoint that knows who is there,
//! and a token endpoint that exchanges codes once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{CLIENT_SECRET, encoded, parameters};
use crate::support::http;

/// A running provider; it ends with the runtime that it was started on.
pub struct Provider {
    /// Where it is: the tenant.
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Who is at the browser.
    person: String,
    /// How many codes were made.
    made: usize,
    /// What each code that was not exchanged yet was made for.
    codes: BTreeMap<String, Grant>,
}

struct Grant {
    email: String,
    request: BTreeMap<String, String>,
}

impl Provider {
    /// Starts one.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state: Arc<Mutex<State>> = Arc::default();
        let held = state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                serve(client, &held).await;
            }
        });
        Self { url, state }
    }

    /// What a browser does with the URL that it is sent to: this person proves who they are, and
    /// comes back with a code. Returns what the page gets.
    pub async fn step_up(&self, authorize_url: &str, email: &str) -> BTreeMap<String, String> {
        email.clone_into(&mut self.state.lock().unwrap().person);
        let answer = http::get(authorize_url, None).await;
        assert_eq!(answer.status, 302, "{}", answer.body);
        let location = answer.header("location").unwrap().to_owned();
        let (page, query) = location.split_once('?').unwrap();
        assert_eq!(page, "http://localhost:3000/");
        parameters(query)
    }
}

async fn serve(mut client: TcpStream, state: &Mutex<State>) {
    let mut read = Vec::new();
    let mut buffer = [0; 8192];
    // The head and, as its length says, the body.
    loop {
        let count = client.read(&mut buffer).await.unwrap();
        read.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&read);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
        });
        if count == 0 || body.len() >= length.unwrap_or(0) {
            break;
        }
    }
    let text = String::from_utf8_lossy(&read).into_owned();
    let answer = answer(&text, &mut state.lock().unwrap());
    client.write_all(answer.as_bytes()).await.unwrap();
}

fn answer(request: &str, state: &mut State) -> String {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let first = head.lines().next().unwrap();
    if let Some(query) = first.strip_prefix("GET /oauth2/community/default/v1/authorize?") {
        return authorize(query.split(' ').next().unwrap(), state);
    }
    assert!(first.starts_with("POST /oauth2/community/default/v1/token "), "{first}");
    match exchange(head, body, state) {
        Ok(tokens) => response("200 OK", "", &tokens.to_string()),
        Err(error) => response("400 Bad Request", "", &json!({ "error": error }).to_string()),
    }
}

fn authorize(query: &str, state: &mut State) -> String {
    let request = parameters(query);
    assert_eq!(request["response_type"], "code");
    assert_eq!(request["client_id"], "stepup-demo");
    assert_eq!(request["code_challenge_method"], "S256");
    assert!(request["scope"].split(' ').any(|scope| scope == "openid"));
    state.made += 1;
    let code = format!("code-{}", state.made);
    let back = encoded(&[("code", &code), ("state", &request["state"])]);
    let location = format!("location: {}?{back}\r\n", request["redirect_uri"]);
    state.codes.insert(code, Grant { email: state.person.clone(), request });
    response("302 Found", &location, "")
}

/// Exchanges a code for an id token, as RFC 6749 and RFC 7636 want it.
fn exchange(head: &str, body: &str, state: &mut State) -> Result<Value, &'static str> {
    let credentials = STANDARD.encode(format!("stepup-demo:{}", form_encoded(CLIENT_SECRET)));
    let expected = format!("authorization: Basic {credentials}");
    if !head.lines().any(|line| line.eq_ignore_ascii_case(&expected)) {
        return Err("invalid_client");
    }
    let form = parameters(body);
    if form["grant_type"] != "authorization_code" {
        return Err("unsupported_grant_type");
    }
    let Grant { email, request } = state.codes.remove(&form["code"]).ok_or("invalid_grant")?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
    if form["redirect_uri"] != request["redirect_uri"] || challenge != request["code_challenge"] {
        return Err("invalid_grant");
    }
    let claims = json!({
        "iss": "https://provider.example.com",
        "aud": "stepup-demo",
        // The year 2100.
        "exp": 4_102_444_800_u64,
        "nonce": request["nonce"],
        "email": email,
    });
    let id_token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()));
    Ok(json!({ "access_token": "access", "token_type": "Bearer", "id_token": id_token }))
}

fn form_encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn response(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}
