// Runs the program, and keeps what it showed and said for the comment.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, rmSync } from "node:fs";

import { file, lines, output, read, write } from "./state.mjs";

// What `plan` looks for drift with.
const DRIFT = ["--exit-code"];

const env = process.env;
const { PROVISION_COMMAND: command, PROVISION_STACK: stack, PROVISION_STACK_NAME: stackName } = env;
const kept = file("plan.json");
const wanted = Boolean(env.PROVISION_PLAN_RUN);

const named = stackName ? ["--stack-name", stackName] : ["--stack", stack];
const variables = lines(env.PROVISION_VARIABLES).map((variable) => `--var=${variable}`);
const options = [...variables, ...lines(env.PROVISION_OPTIONS)];
const PLAN = ["plan", "--format", "markdown", ...named, ...options];

const commands = {
  plan: () => planned([...PLAN, "--exit-code", "--out", kept]),
  drift: () => planned([...PLAN, ...DRIFT]),
  apply: () => (wanted ? applyKept() : applied(["apply", "--yes", ...named, ...options])),
  destroy: async () => {
    // A name given twice is a name that is meant.
    const confirmed = stackName ? ["--confirm", stackName] : [];
    const { code, said } = await provision(["destroy", "--yes", ...named, ...confirmed, ...options]);
    return { code, said, status: code === 0 ? "removed" : "failed" };
  },
};

const ended = await (commands[command] ?? unknown)();
write("ended.json", JSON.stringify({ name: stackName || stack, ...ended }));
output("exit-code", ended.code);
output("changes", ended.code === 2);
output("plan", existsSync(kept) && ended.plan ? kept : "");
if (env.GITHUB_STEP_SUMMARY && ended.plan) appendFileSync(env.GITHUB_STEP_SUMMARY, `${ended.plan}\n`);
// Changes are what a plan is for.
process.exitCode = ended.code === 2 ? 0 : ended.code;

async function planned(parameters) {
  const { code, shown, said } = await provision(parameters);
  return { code, said, plan: shown, status: shown ? "planned" : "no plan" };
}

// Exactly the kept plan; where something moved, the plan as it is now.
async function applyKept() {
  const reason = existsSync(kept) ? strange(JSON.parse(read("plan.json"))) : "there is no plan of this change";
  if (reason) process.stderr.write(`${reason}\n`);
  const ended = reason ? { code: 4, said: reason } : await applied(["apply", "--plan", kept, "--stack", stack]);
  if (ended.code !== 4) return ended;
  rmSync(kept, { force: true });
  const fresh = await provision([...PLAN, "--out", kept]);
  return { ...ended, status: "not applied", plan: fresh.shown, kept: existsSync(kept) };
}

async function applied(parameters) {
  const { code, said } = await provision(parameters);
  if (code !== 0) return { code, said, status: "failed" };
  const { shown } = await provision(["outputs", "--format", "text", ...named, ...variables]);
  return { code, said, status: "applied", outputs: shown };
}

// What a kept plan was made with that this step was not told: the plan comes from a pull request, and
// what it may be made with is for the main branch to say.
function strange({ variables: ofPlan, options: { targets, allow_replace: replace, adopt, beside, strict } }) {
  const made = [
    ...Object.entries(ofPlan).map(([name, value]) => `--var=${name}=${value}`),
    ...targets.map((address) => `--target=${address}`),
    ...replace.map((address) => `--allow-replace=${address}`),
    ...Object.entries(adopt).map(([address, id]) => `--adopt=${id ? `${address}=${id}` : address}`),
    ...(beside ? ["--beside"] : []),
    ...(strict ? ["--strict"] : []),
  ];
  const told = [...variables, ...lines(env.PROVISION_OPTIONS)];
  const other = made.filter((option) => !told.includes(option));
  return other.length ? `the plan was made with ${other.join(" ")}, and this is not` : "";
}

function unknown() {
  const message = `there is no command \`${command}\`: plan, apply, destroy, drift\n`;
  process.stderr.write(message);
  return { code: 3, said: message, status: "failed" };
}

// Runs the program to its end. What it prints is shown as it comes, and is never taken for a command
// to the runner; a cancelled run lets it finish what it has begun.
async function provision(parameters) {
  const { PROVISION_TOKEN: _, ...rest } = env;
  const quiet = env.GITHUB_ACTIONS ? randomUUID() : undefined;
  if (quiet) process.stdout.write(`::stop-commands::${quiet}\n`);
  const child = spawn(env.PROVISION_PROGRAM, parameters, { env: rest, stdio: ["ignore", "pipe", "pipe"] });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  const [shown, said, code] = await Promise.all([
    collected(child.stdout, process.stdout),
    collected(child.stderr, process.stderr),
    new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve(code ?? 130));
    }),
  ]);
  if (quiet) process.stdout.write(`\n::${quiet}::\n`);
  return { code, shown, said };
}

async function collected(stream, copy) {
  let text = "";
  for await (const part of stream.setEncoding("utf8")) {
    copy.write(part);
    text += part;
  }
  return text;
}
