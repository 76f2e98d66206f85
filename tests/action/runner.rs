//! Runs the jobs of workflows as a runner of GitHub does: steps in their order, with their conditions,
//! inputs, outputs and environment. Actions of others are played.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::expressions::{filled, holds};
use crate::support::forge::{Forge, TOKEN};
use crate::support::run::{cache, project};

/// A repository with its runner.
pub struct Runner {
    folder: tempfile::TempDir,
    /// The stand-in for GitHub and GitLab.
    pub forge: Forge,
    endpoint: String,
    /// The keys of whoever the roles are.
    pub keys: (String, String),
    /// How many runs there were.
    pub runs: std::cell::Cell<u64>,
}

/// How a job ended.
pub struct Ended {
    /// Whether all its steps did.
    pub passed: bool,
    /// What they printed.
    pub log: String,
}

impl Ended {
    /// Asserts that it passed, or did not.
    pub fn is(self, passed: bool) -> Self {
        assert_eq!(self.passed, passed, "{}", self.log);
        self
    }
}

/// Where a job is while it runs.
struct Job<'a> {
    context: Value,
    env: BTreeMap<String, String>,
    permissions: &'a Value,
    log: String,
    run: u64,
}

/// A file of YAML.
pub fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&fs::read_to_string(project().join(path)).unwrap()).unwrap()
}

fn text(value: &Value) -> Option<&str> {
    value.as_str()
}

impl Runner {
    /// One in front of an endpoint of AWS.
    pub async fn new(endpoint: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("checkout/stacks")).unwrap();
        Self {
            folder,
            forge: Forge::start().await,
            endpoint: endpoint.to_owned(),
            keys: ("test".to_owned(), "test".to_owned()),
            runs: std::cell::Cell::new(100),
        }
    }

    /// Where the repository is checked out.
    pub fn checkout(&self) -> PathBuf {
        self.folder.path().join("checkout")
    }

    /// Writes a file of the repository.
    pub fn write(&self, path: &str, text: &str) {
        fs::write(self.checkout().join(path), text).unwrap();
    }

    /// The number of the last run.
    pub fn last(&self) -> u64 {
        self.runs.get()
    }

    /// Runs a job of a workflow for an event; nothing where its condition does not hold.
    pub fn job(&self, workflow: &str, name: &str, github: Value, inputs: &Value) -> Option<Ended> {
        let workflow = yaml(&format!("examples/pull-request/{workflow}"));
        let job = &workflow["jobs"][name];
        self.runs.set(self.last() + 1);
        let mut context = json!({
            "github": github, "inputs": inputs, "steps": {}, "failed": false,
            "runner": { "temp": self.folder.path().join("temp") },
            "vars": { "AWS_REGION": "us-east-1" },
        });
        for role in ["PLAN", "APPLY", "PREVIEW"] {
            context["vars"][format!("PROVISION_{role}_ROLE")] = json!("arn:aws:iam::1:role/r");
        }
        context["github"]["token"] = json!(TOKEN);
        context["github"]["repository"] = json!("octo/shop");
        for (key, values) in job["strategy"]["matrix"].as_object().into_iter().flatten() {
            context["matrix"][key] = values[0].clone();
        }
        if !holds(text(&job["if"]), &context) {
            return None;
        }
        let permissions = job["permissions"].as_object().unwrap();
        let permissions: Vec<(String, String)> = permissions
            .iter()
            .map(|(what, access)| (what.clone(), access.as_str().unwrap().to_owned()))
            .collect();
        self.forge.with(|state| {
            state.permissions = permissions.into_iter().collect();
            state.used.clear();
        });
        let env = self.environment(&context);
        let mut job = Job {
            context,
            env,
            permissions: &job["permissions"],
            log: String::new(),
            run: self.last(),
        };
        let steps = workflow["jobs"][name]["steps"].as_array().unwrap().clone();
        self.steps(&steps, &mut job);
        let passed = job.context["failed"] == false;
        if passed {
            self.forge.with(|state| assert_eq!(state.used, state.permissions, "rights of {name}"));
        }
        Some(Ended { passed, log: job.log })
    }

    /// What a runner gives each step, and nothing of this machine's but its programs.
    pub fn environment(&self, context: &Value) -> BTreeMap<String, String> {
        let temp = self.folder.path().join("temp");
        let _ = fs::remove_dir_all(&temp);
        fs::create_dir_all(&temp).unwrap();
        let event = temp.join("event.json");
        fs::write(&event, context["github"]["event"].to_string()).unwrap();
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let github = |name: &str| context["github"][name].as_str().unwrap_or("").to_owned();
        let of_here =
            |name: &str| std::env::var_os(name).and_then(|value| value.into_string().ok());
        let rustup = of_here("RUSTUP_HOME").or(of_here("HOME").map(|home| home + "/.rustup"));
        [
            ("PATH", of_here("PATH").unwrap()),
            // The compiler is asked for its version.
            ("RUSTUP_HOME", rustup.unwrap_or_default()),
            ("HOME", path(&cache())),
            ("PROVISION_CACHE_DIR", path(&cache())),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_API_URL", self.forge.url.clone()),
            ("GITHUB_SERVER_URL", "https://github.example".to_owned()),
            ("GITHUB_REPOSITORY", github("repository")),
            ("GITHUB_SHA", github("sha")),
            ("GITHUB_RUN_ID", self.last().to_string()),
            ("GITHUB_EVENT_PATH", path(&event)),
            ("GITHUB_STEP_SUMMARY", path(&temp.join("summary.md"))),
            ("GITHUB_ACTION_PATH", path(project())),
            ("RUNNER_TEMP", path(&temp)),
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    fn steps(&self, steps: &[Value], job: &mut Job<'_>) {
        for step in steps {
            if !holds(text(&step["if"]), &job.context) {
                continue;
            }
            let outputs = match text(&step["uses"]) {
                Some(action) => self.action(action, &step["with"], job),
                None => self.shell(step, job),
            };
            let Some(outputs) = outputs else {
                job.context["failed"] = json!(true);
                continue;
            };
            if let Some(id) = text(&step["id"]) {
                job.context["steps"][id]["outputs"] = outputs;
            }
        }
    }

    /// A step of the shell; its outputs, also where it failed.
    fn shell(&self, step: &Value, job: &mut Job<'_>) -> Option<Value> {
        assert_eq!(step["shell"], "bash");
        let temp = self.folder.path().join("temp");
        let (script, output) = (temp.join("script.sh"), temp.join("output"));
        fs::write(&script, filled(step["run"].as_str().unwrap(), &job.context)).unwrap();
        fs::write(&output, "").unwrap();
        let place = filled(step["working-directory"].as_str().unwrap_or("."), &job.context);
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&script);
        command.env_clear().envs(&job.env).env("GITHUB_OUTPUT", &output);
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            command.env(name, filled(value.as_str().unwrap(), &job.context));
        }
        let ended = command.current_dir(self.checkout().join(place)).output().unwrap();
        job.log += &String::from_utf8_lossy(&ended.stdout);
        job.log += &String::from_utf8_lossy(&ended.stderr);
        let lines = fs::read_to_string(output).unwrap();
        let outputs: serde_json::Map<String, Value> = lines
            .lines()
            .map(|line| line.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        if !ended.status.success() {
            job.context["failed"] = json!(true);
        }
        Some(Value::Object(outputs))
    }

    /// A step that uses an action: this one is run, and those of others are played.
    fn action(&self, action: &str, with: &Value, job: &mut Job<'_>) -> Option<Value> {
        let given = |name: &str| filled(with[name].as_str().unwrap_or(""), &job.context);
        let needs = |what: &str| {
            assert!(!job.permissions[what].is_null(), "{action} needs `{what}`");
            let used = (what.to_owned(), job.permissions[what].as_str().unwrap().to_owned());
            self.forge.with(|state| state.used.insert(used));
        };
        match action.split_once('@').unwrap().0 {
            "OWNER/provision" => self.this(with, job),
            "actions/checkout" => {
                needs("contents");
                Some(json!({}))
            }
            "aws-actions/configure-aws-credentials" => {
                needs("id-token");
                assert!(!given("role-to-assume").is_empty());
                let region = given("aws-region");
                let (id, secret) = self.keys.clone();
                job.env.insert("AWS_REGION".to_owned(), region);
                job.env.insert("AWS_ACCESS_KEY_ID".to_owned(), id);
                job.env.insert("AWS_SECRET_ACCESS_KEY".to_owned(), secret);
                Some(json!({}))
            }
            "actions/cache/restore" => {
                assert_eq!(given("key").len(), "provision-".len() + 64, "{}", given("key"));
                let folder = PathBuf::from(given("path"));
                fs::create_dir_all(&folder).unwrap();
                let built = assert_cmd::cargo::cargo_bin("provision");
                std::os::unix::fs::symlink(built, folder.join("provision")).unwrap();
                Some(json!({ "cache-hit": "true" }))
            }
            "actions/upload-artifact" => {
                self.keep(&PathBuf::from(given("path")), &given("name"), job);
                Some(json!({}))
            }
            "actions/download-artifact" => {
                assert_eq!(given("github-token"), TOKEN);
                needs("actions");
                let from = self.kept(given("run-id").parse().unwrap(), &given("name"));
                for entry in fs::read_dir(from).ok()?.map(Result::unwrap) {
                    let to = Path::new(&given("path")).join(entry.file_name());
                    fs::copy(entry.path(), to).unwrap();
                }
                Some(json!({}))
            }
            other => panic!("{other} is not played"),
        }
    }

    /// The plan that the last run kept.
    pub fn kept_plan(&self) -> PathBuf {
        self.kept(self.last(), "provision-plan-stacks%2Fdev.yaml").join("plan.json")
    }

    /// Keeps a file as an artifact.
    fn keep(&self, file: &Path, name: &str, job: &Job<'_>) {
        let to = self.kept(job.run, name);
        fs::create_dir_all(&to).unwrap();
        fs::copy(file, to.join(file.file_name().unwrap())).unwrap();
        let head = &job.context["github"]["event"]["pull_request"]["head"]["sha"];
        let kept = (job.run, name.to_owned(), head.as_str().unwrap_or("main").to_owned());
        self.forge.with(|state| state.artifacts.push(kept));
    }

    /// Where an artifact of a run is.
    fn kept(&self, run: u64, name: &str) -> PathBuf {
        self.folder.path().join(format!("artifacts/{run}/{name}"))
    }

    /// The steps of `action.yml`.
    fn this(&self, with: &Value, job: &mut Job<'_>) -> Option<Value> {
        let action = yaml("action.yml");
        let declared = action["inputs"].as_object().unwrap();
        for name in with.as_object().unwrap().keys() {
            assert!(declared.contains_key(name), "there is no input {name}");
        }
        let mut context = job.context.clone();
        context["steps"] = json!({});
        for (name, about) in declared {
            let value = with[name].as_str().or(about["default"].as_str()).unwrap_or("");
            context["inputs"][name] = json!(filled(value, &job.context));
        }
        let outer = std::mem::replace(&mut job.context, context);
        self.steps(action["runs"]["steps"].as_array().unwrap(), job);
        let inner = std::mem::replace(&mut job.context, outer);
        job.context["failed"] = inner["failed"].clone();
        Some(json!({}))
    }
}
