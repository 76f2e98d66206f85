//! A cloud in memory: strict about what reaches it, and with AWS's habit of filling in defaults.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use futures::future::BoxFuture;
use provision::aws::kinds;
use provision::engine::{Cloud, CloudError, Made};
use provision::plan::{Lookup, Plan, Step, Wanted, fill, overlay};
use provision::resource::{
    Address, Cleartext, Declared, KindInfo, Live, Outputs, Ownership, Piece, Replacing, Rule,
};
use serde_json::{Value, json};

/// What happens in it.
#[derive(Default)]
struct Held {
    resources: BTreeMap<(Address, &'static str), Live>,
    made: usize,
    writes: Vec<String>,
    /// The writes that fail, by their number.
    fails: BTreeSet<usize>,
}

type Infos = BTreeMap<&'static str, KindInfo>;

impl Held {
    /// Removes a resource that stands at an address, with all that goes along with it.
    fn remove(&mut self, at: &Address, live: &Live, infos: &Infos) {
        let key = (at.clone(), live.kind);
        if self.resources.get(&key).is_none_or(|there| there.id != live.id) {
            return;
        }
        self.resources.remove(&key);
        self.resources.retain(|(address, kind), _| {
            !(address.is_within(at) && infos[kind].goes_with.contains(&live.kind))
        });
    }

    /// Makes room for another one in the place of a resource, which goes on standing.
    fn set_aside(&mut self, live: &Live, infos: &Infos) {
        self.remove(&live.address, live, infos);
        let aside = Live { address: live.address.child("replaced"), ..live.clone() };
        self.resources.insert((aside.address.clone(), live.kind), aside);
    }
}

/// The cloud. Ids are counted, so that no two runs differ.
pub struct MemoryCloud {
    held: Mutex<Held>,
    infos: Infos,
    predicted: Mutex<BTreeMap<Address, Outputs>>,
}

impl Default for MemoryCloud {
    fn default() -> Self {
        Self { held: Mutex::default(), infos: kinds::infos(), predicted: Mutex::default() }
    }
}

/// Region, account and secrets of the tests.
pub fn lookup(piece: &Piece) -> Lookup {
    match piece {
        Piece::Region => Lookup::Plain("us-east-1".to_owned()),
        Piece::Account => Lookup::Plain("123456789012".to_owned()),
        _ => Lookup::Unknown,
    }
}

impl MemoryCloud {
    /// Tells which outputs follow from names: AWS gives them too.
    pub fn expect(&self, declared: &[Declared]) {
        let mut all = self.predicted.lock().unwrap();
        for declared in declared {
            let mut outputs = Outputs::default();
            for (name, template) in &declared.predicted {
                if let Wanted::Text(text) = fill(&json!(template), &lookup) {
                    outputs = outputs.with(name, text);
                }
            }
            all.insert(declared.address.clone(), outputs);
        }
    }

    /// Lets the write with this number, from 0, fail.
    pub fn fail(&self, write: usize) {
        self.held.lock().unwrap().fails.insert(write);
    }

    /// The writes so far.
    pub fn writes(&self) -> Vec<String> {
        self.held.lock().unwrap().writes.clone()
    }

    /// Everything in it.
    pub fn resources(&self) -> Vec<Live> {
        self.held.lock().unwrap().resources.values().cloned().collect()
    }

    /// Changes a setting behind everybody's back.
    pub fn set(&self, address: &Address, setting: &str, value: Value) {
        let mut held = self.held.lock().unwrap();
        for live in held.resources.values_mut().filter(|live| live.address == *address) {
            live.state[setting] = value.clone();
        }
    }

    fn write(&self, what: String) -> Result<(), CloudError> {
        let mut held = self.held.lock().unwrap();
        let number = held.writes.len();
        held.writes.push(what);
        if held.fails.contains(&number) { Err(CloudError::new("it failed")) } else { Ok(()) }
    }

    fn settings(&self, kind: &str, state: &Value, want: &Cleartext) -> Value {
        assert_resolved(want.expose());
        let info = &self.infos[kind];
        let mut after = overlay(state, want.expose(), info.fields);
        if let Value::Object(map) = &mut after {
            // What is never read back is not in a live state.
            map.retain(|key, _| {
                !info.fields.iter().any(|f| f.path == key && f.rule == Rule::WriteOnly)
            });
        }
        let mut filled = info.defaults.clone();
        provision::spec::lay_over(&mut filled, after);
        filled
    }
}

/// Nothing unresolved may reach a cloud.
fn assert_resolved(value: &Value) {
    let text = value.to_string();
    let foreign = ["${user_pool", "${lambdas", "${http_api", "${account}", "${region}"];
    assert!(!foreign.iter().any(|root| text.contains(root)), "unresolved: {text}");
}

impl Cloud for MemoryCloud {
    fn observe<'a>(&'a self, _: &'a [Declared]) -> BoxFuture<'a, Result<Vec<Live>, CloudError>> {
        Box::pin(async { Ok(self.resources()) })
    }

    fn lookup(&self, piece: &Piece) -> Lookup {
        lookup(piece)
    }

    fn begin<'a>(&'a self, _: &'a Plan) -> BoxFuture<'a, Result<(), CloudError>> {
        Box::pin(async { Ok(()) })
    }

    fn create<'a>(
        &'a self,
        step: &'a Step,
        want: Cleartext,
    ) -> BoxFuture<'a, Result<Made, CloudError>> {
        Box::pin(async move {
            self.write(format!("create {}", step.address))?;
            let state = self.settings(step.kind, &json!({}), &want);
            let mut held = self.held.lock().unwrap();
            held.made += 1;
            let id = format!("{}-{}", step.kind, held.made);
            let mut outputs = Outputs::default();
            for output in self.infos[step.kind].outputs {
                outputs = outputs.with(output.name, format!("{id}-{}", output.name));
            }
            if let Some(predicted) = self.predicted.lock().unwrap().get(&step.address) {
                outputs.extend(predicted.clone());
            }
            let live = Live {
                address: step.address.clone(),
                kind: step.kind,
                id: id.clone(),
                state,
                outputs: outputs.clone(),
                ownership: Ownership::Ours,
            };
            let before = held.resources.insert((step.address.clone(), step.kind), live);
            assert!(before.is_none(), "{} is made twice", step.address);
            Ok(Made { id, outputs })
        })
    }

    fn update<'a>(
        &'a self,
        step: &'a Step,
        live: &'a Live,
        want: Cleartext,
    ) -> BoxFuture<'a, Result<Outputs, CloudError>> {
        Box::pin(async move {
            self.write(format!("update {}", step.address))?;
            let state = self.settings(step.kind, &live.state, &want);
            let mut held = self.held.lock().unwrap();
            let key = (step.address.clone(), step.kind);
            let live = held.resources.get_mut(&key).expect("what is updated is there");
            live.state = state;
            Ok(live.outputs.clone())
        })
    }

    fn replace<'a>(
        &'a self,
        step: &'a Step,
        live: &'a Live,
        want: Cleartext,
    ) -> BoxFuture<'a, Result<Made, CloudError>> {
        Box::pin(async move {
            if self.infos[step.kind].replacing == Replacing::OldFirst {
                self.delete(step, live).await?;
            } else {
                self.held.lock().unwrap().set_aside(live, &self.infos);
            }
            self.create(step, want).await
        })
    }

    fn delete<'a>(
        &'a self,
        step: &'a Step,
        live: &'a Live,
    ) -> BoxFuture<'a, Result<(), CloudError>> {
        Box::pin(async move {
            self.write(format!("delete {}", step.address))?;
            let mut held = self.held.lock().unwrap();
            held.remove(&live.address, live, &self.infos);
            held.remove(&live.address.child("replaced"), live, &self.infos);
            Ok(())
        })
    }

    fn finish(&self) -> BoxFuture<'_, Result<(), CloudError>> {
        Box::pin(async { Ok(()) })
    }
}
