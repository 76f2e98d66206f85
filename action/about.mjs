// What a run is about: its pull request, and the kept plan that an apply carries out.

import { mkdirSync, readFileSync, rmSync } from "node:fs";

import { forge } from "./forge.mjs";
import { folder, lines, output, write } from "./state.mjs";
import { encoded } from "./text.mjs";

const env = process.env;

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true, mode: 0o700 });

const named = [env.PROVISION_STACK_NAME || env.PROVISION_STACK, ...lines(env.PROVISION_VARIABLES)];
const key = env.PROVISION_KEY || named.join(" ");
const artifact = `provision-plan-${encoded(key)}`;
const wanted = env.PROVISION_COMMAND === "apply" ? env.PROVISION_PLAN_RUN : "";
const merged = wanted ? await forge().merged() : undefined;
const pull = env.PROVISION_PULL_REQUEST || (merged?.number ?? ofEvent() ?? "");

write("about.json", JSON.stringify({ key, pull }));
output("pull-request", pull);
output("artifact", artifact);
if (env.GITLAB_CI) await fetchPlan();
else output("plan-run", wanted === "merged" ? await runOfMerged() : wanted);

// The run that kept the plan of the pull request; nothing where there is none (any more).
async function runOfMerged() {
  return (merged && (await forge().planRun(artifact, merged.head))) ?? "";
}

// GitLab has no step of its own for that.
async function fetchPlan() {
  if (!wanted || (wanted === "merged" && !merged)) return;
  const { planOfJob, planOfMerge } = forge();
  const ofMerge = () => planOfMerge(merged.number, env.PROVISION_PLAN_JOB);
  const plan = await (wanted === "merged" ? ofMerge() : planOfJob(wanted));
  if (plan) write("plan.json", plan);
}

// The pull request that the event is about.
function ofEvent() {
  if (env.GITLAB_CI) return env.CI_MERGE_REQUEST_IID;
  const event = JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, "utf8"));
  return event.pull_request?.number;
}
