//! A stand-in for the APIs of GitHub and GitLab: comments, issues, and what a merge came from.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::echo;

/// Who owns the token.
pub const ME: &str = "github-actions[bot]";

/// The token.
pub const TOKEN: &str = "token-of-the-run";

/// The most that GitHub takes as a comment.
const LIMIT: usize = 65_536;

/// Where GitLab's jobs keep a plan.
const KEPT: &[&str] = &["provision-run", "plan.json"];

/// A running stand-in; it ends with the runtime that it was started on.
pub struct Forge {
    /// Where it listens.
    pub url: String,
    state: Arc<Mutex<State>>,
}

/// What it holds.
#[derive(Debug, Default)]
pub struct State {
    /// Comments, of GitHub's pull requests and issues and of GitLab's merge requests and issues.
    pub comments: Vec<Text>,
    /// Issues.
    pub issues: Vec<Text>,
    /// What `commits/SHA/pulls` answers.
    pub pulls: Value,
    /// Kept plans: the run that kept each, the name, and the head that it was made for.
    pub artifacts: Vec<(u64, String, String)>,
    /// The plan that GitLab's jobs kept.
    pub plan: Option<String>,
    /// What the token may: `pull-requests: write`.
    pub permissions: BTreeSet<(String, String)>,
    /// What of it was needed.
    pub used: BTreeSet<(String, String)>,
    /// What was written: `POST /repos/…`.
    pub writes: Vec<String>,
}

/// A comment or an issue.
#[derive(Clone, Debug)]
pub struct Text {
    /// Its id.
    pub id: usize,
    /// What it is on: the number of a pull request or an issue.
    pub on: String,
    /// Who wrote it.
    pub by: String,
    /// The title of an issue.
    pub title: String,
    /// The text.
    pub body: String,
    /// Whether it is an issue that is closed.
    pub closed: bool,
}

impl Forge {
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

    /// Looks at what it holds, or changes it.
    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The comments of this token's owner on a pull request.
    pub fn comments(&self, on: &str) -> Vec<String> {
        let mine = |text: &&Text| text.on == on && text.by == ME;
        self.with(|state| state.comments.iter().filter(mine).map(|c| c.body.clone()).collect())
    }

    /// The issues, their titles first, and whether each is closed.
    pub fn issues(&self) -> Vec<(String, bool)> {
        let shown = |issue: &Text| (format!("{}\n{}", issue.title, issue.body), issue.closed);
        self.with(|state| state.issues.iter().map(shown).collect())
    }

    /// What was written since the last call.
    pub fn take_writes(&self) -> Vec<String> {
        self.with(|state| std::mem::take(&mut state.writes))
    }
}

impl State {
    /// Adds a comment.
    pub fn comment(&mut self, on: &str, by: &str, body: &str) -> Value {
        let id = self.comments.len() + 1;
        self.comments.push(text(id, on, by, "", body));
        json!({ "id": id })
    }

    fn may(&mut self, what: &str, access: &str) -> Result<(), Answer> {
        let granted = |access: &str| (what.to_owned(), access.to_owned());
        let least = self.permissions.contains(&granted(access));
        let found = if least { granted(access) } else { granted("write") };
        match self.permissions.contains(&found) {
            true => drop(self.used.insert(found)),
            false => {
                return Err((403, json!({ "message": format!("{what}: {access} is missing") })));
            }
        }
        Ok(())
    }
}

fn text(id: usize, on: &str, by: &str, title: &str, body: &str) -> Text {
    let [on, by, title, body] = [on, by, title, body].map(str::to_owned);
    Text { id, on, by, title, body, closed: false }
}

/// A status and a body.
type Answer = (u16, Value);

async fn serve(mut client: TcpStream, state: &Mutex<State>) {
    let Ok((head, body)) = echo::read(&mut client).await else { return };
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let (status, answer) = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        answer(&head, &body, &mut state).unwrap_or_else(|refused| refused)
    };
    let text = answer.as_str().map_or_else(|| answer.to_string(), str::to_owned);
    let length = text.len();
    let answer = format!(
        "HTTP/1.1 {status} Answer\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}"
    );
    let _ = client.write_all(answer.as_bytes()).await;
}

fn answer(head: &str, body: &Value, state: &mut State) -> Result<Answer, Answer> {
    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let header =
        |name: &str, value: &str| head.to_lowercase().contains(&format!("{name}: {value}"));
    let github = header("authorization", &format!("bearer {TOKEN}"));
    if !github && !header("private-token", TOKEN) {
        return Err((401, json!({ "message": "Bad credentials" })));
    }
    let written = ["body", "description"].iter().filter_map(|name| body[name].as_str());
    if written.map(str::len).max() > Some(LIMIT) {
        return Err((422, json!({ "message": "body is too long" })));
    }
    if method != "GET" {
        state.writes.push(format!("{method} {path}"));
    }
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match (github, &parts[..]) {
        (true, ["repos", "octo", "shop", rest @ ..]) => on_github(method, rest, query, body, state),
        (false, ["user"]) => Ok((200, json!({ "id": 1 }))),
        (false, ["projects", "5", rest @ ..]) => on_gitlab(method, rest, query, body, state),
        _ => Err((404, json!({ "message": "Not Found" }))),
    }
}

fn on_github(
    method: &str,
    path: &[&str],
    query: &str,
    body: &Value,
    state: &mut State,
) -> Result<Answer, Answer> {
    let by = |who: &str| json!({ "login": who });
    let new = body["body"].as_str().unwrap_or("").to_owned();
    match (method, path) {
        ("GET", ["issues", on, "comments"]) => {
            state.may("pull-requests", "read")?;
            let of = state.comments.iter().filter(|comment| comment.on == *on);
            let shown = of.map(|c| json!({ "id": c.id, "body": c.body, "user": by(&c.by) }));
            Ok((200, page(shown.collect(), query)))
        }
        ("POST", ["issues", on, "comments"]) => {
            let is_issue = state.issues.iter().any(|issue| issue.id.to_string() == *on);
            state.may(if is_issue { "issues" } else { "pull-requests" }, "write")?;
            Ok((201, state.comment(on, ME, &new)))
        }
        ("PATCH", ["issues", "comments", id]) => {
            state.may("pull-requests", "write")?;
            let comment = state.comments.iter_mut().find(|comment| comment.id.to_string() == *id);
            comment.ok_or((404, json!({})))?.body = new;
            Ok((200, json!({})))
        }
        ("GET", ["issues"]) => {
            state.may("issues", "read")?;
            let open = state.issues.iter().filter(|issue| !issue.closed);
            let shown = open.map(|i| json!({ "number": i.id, "body": i.body, "user": by(&i.by) }));
            Ok((200, page(shown.collect(), query)))
        }
        ("POST", ["issues"]) => {
            state.may("issues", "write")?;
            let id = 1000 + state.issues.len();
            state.issues.push(text(id, "", ME, body["title"].as_str().unwrap_or(""), &new));
            Ok((201, json!({ "number": id })))
        }
        ("PATCH", ["issues", id]) => {
            state.may("issues", "write")?;
            change_issue(id, body, body["state"] == "closed", state)
        }
        ("GET", ["commits", _, "pulls"]) => {
            state.may("pull-requests", "read")?;
            Ok((200, state.pulls.clone()))
        }
        ("GET", ["actions", "artifacts"]) => {
            state.may("actions", "read")?;
            let named = |name: &str| query.contains(&format!("name={}&", name.replace('%', "%25")));
            let found = state.artifacts.iter().filter(|(_, name, _)| named(name));
            let shown = found.enumerate().map(|(at, (run, name, head))| {
                let run = json!({ "id": run, "head_sha": head, "repository_id": 5, "head_repository_id": 5 });
                json!({ "name": name, "expired": false, "created_at": format!("2026-11-21T00:00:{at:02}Z"), "workflow_run": run })
            });
            Ok((200, json!({ "artifacts": shown.collect::<Vec<_>>() })))
        }
        _ => Err((404, json!({ "message": "Not Found" }))),
    }
}

fn on_gitlab(
    method: &str,
    path: &[&str],
    query: &str,
    body: &Value,
    state: &mut State,
) -> Result<Answer, Answer> {
    let by = |who: &str| json!({ "id": u8::from(who == ME) });
    let new = body["body"].as_str().unwrap_or("").to_owned();
    match (method, path) {
        ("GET", ["merge_requests", on, "notes"]) => {
            let of = state.comments.iter().filter(|note| note.on == *on);
            let shown = of.map(|n| json!({ "id": n.id, "body": n.body, "author": by(&n.by) }));
            Ok((200, page(shown.collect(), query)))
        }
        ("POST", ["merge_requests" | "issues", on, "notes"]) => {
            Ok((201, state.comment(on, ME, &new)))
        }
        ("PUT", ["merge_requests", _, "notes", id]) => {
            let note = state.comments.iter_mut().find(|note| note.id.to_string() == *id);
            note.ok_or((404, json!({})))?.body = new;
            Ok((200, json!({})))
        }
        ("GET", ["issues"]) => {
            let open = state.issues.iter().filter(|issue| !issue.closed);
            let shown =
                open.map(|i| json!({ "iid": i.id, "description": i.body, "author": by(&i.by) }));
            Ok((200, page(shown.collect(), query)))
        }
        ("POST", ["issues"]) => {
            let id = 1000 + state.issues.len();
            let [title, new] =
                ["title", "description"].map(|name| body[name].as_str().unwrap_or(""));
            state.issues.push(text(id, "", ME, title, new));
            Ok((201, json!({ "iid": id })))
        }
        ("PUT", ["issues", id]) => change_issue(id, body, body["state_event"] == "close", state),
        ("GET", ["repository", "commits", _, "merge_requests"]) => Ok((200, state.pulls.clone())),
        ("GET", ["jobs", "artifacts", "refs%2Fmerge-requests%2F7%2Fhead", "raw", file @ ..]) => {
            assert_eq!((query, file), ("job=plan%3A%20%5Bstacks%2Fdev.yaml%5D", KEPT));
            state.plan.clone().map(|plan| (200, json!(plan))).ok_or((404, json!({})))
        }
        ("GET", ["jobs", "9", "artifacts", file @ ..]) if file == KEPT => {
            state.plan.clone().map(|plan| (200, json!(plan))).ok_or((404, json!({})))
        }
        _ => Err((404, json!({ "message": "404 Not Found" }))),
    }
}

fn change_issue(id: &str, body: &Value, closes: bool, state: &mut State) -> Result<Answer, Answer> {
    let issue = state.issues.iter_mut().find(|issue| issue.id.to_string() == id);
    let issue = issue.ok_or((404, json!({})))?;
    let new = body["body"].as_str().or(body["description"].as_str());
    new.unwrap_or(&issue.body.clone()).clone_into(&mut issue.body);
    issue.closed |= closes;
    Ok((200, json!({})))
}

/// The page of a list that is asked for.
fn page(all: Vec<Value>, query: &str) -> Value {
    let number = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).and_then(|(_, value)| value.parse::<usize>().ok())
    };
    let (size, page) = (number("per_page").unwrap_or(30).min(100), number("page").unwrap_or(1));
    all.into_iter().skip(size * (page - 1)).take(size).collect()
}
