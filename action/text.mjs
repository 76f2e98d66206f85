// The texts of comments and issues.

import { Buffer } from "node:buffer";

// GitHub takes 65,536 characters; counted in bytes, which are at least as many.
const LIMIT = 65_536;

// What finds a comment or an issue again: the key of whoever wrote it, hidden.
export const keyMarker = (key) => `<!-- provision:comment=${encoded(key)} -->`;

// The marker that the program itself puts into a plan: stack, account and region.
export const planMarker = (markdown = "") => markdown.match(/^<!-- provision:stack=.*? -->/)?.[0];

const PLAN = "<!-- provision:stack=";

// A key as it may stand in a comment of HTML and in the name of an artifact.
export const encoded = (key) =>
  key.replace(/--|[^\w.-]/gu, (text) => [...Buffer.from(text)].map((byte) => `%${hex(byte)}`).join(""));

const hex = (byte) => byte.toString(16).toUpperCase().padStart(2, "0");

// What a comment says of a run. `ended` is what `run.mjs` tells of it, `before` what it said so far.
export function comment(key, ended, before, runUrl) {
  const run = `[the run](${runUrl})`;
  const { name, plan, kept, said, outputs } = ended;
  const what = {
    planned: () => plan,
    "no plan": () => title(`⛔ No plan for ${code(name)}`, run) + end(said, 30_000),
    applied: () => title(`✅ Applied: ${code(name)}`, run) + block("Outputs", outputs),
    removed: () => title(`⚪ Removed: ${code(name)}`, run),
    failed: () => title(`🔴 Failed: ${code(name)}`, `${run}; started again, it goes on`) + end(said, 30_000),
    "not applied": () => title(`⛔ Not applied: ${code(name)}`, `${run}; nothing was written`) + end(said, 700),
  };
  const below = {
    // What was applied stays.
    applied: () => planIn(before),
    "not applied": () => (plan ? `This is the plan now. ${kept ? KEPT : ""}\n\n${plan}` : ""),
  };
  return fitted(keyMarker(key), what[ended.status](), below[ended.status]?.() ?? "");
}

const KEPT =
  "It is kept with that run: the apply workflow, started by hand with that run's number, carries out " +
  "exactly this one.";

const planIn = (text = "") => text.slice(text.includes(PLAN) ? text.indexOf(PLAN) : text.length);

// What an issue says of drift.
export const drift = (key, ended, runUrl) =>
  fitted(keyMarker(key), ended.plan, `\nFound by [the run](${runUrl}).\n`);

const title = (text, below) => `### ${text}\n\n${below}.\n\n`;

const block = (title, text) => (text ? `**${title}**\n\n${fence(text.slice(0, 8_000))}` : "");

// The end of what was said, where the error is.
function end(text, most) {
  const bytes = Buffer.from(text.trimEnd());
  if (bytes.length <= most) return fence(text);
  const last = bytes.subarray(bytes.length - most).toString();
  return fence(`…${last.slice(last.indexOf("\n"))}`);
}

// A block that nothing in the text can close.
function fence(text) {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = "`".repeat(longest + 1);
  return `${marks}text\n${text.trimEnd()}\n${marks}\n\n`;
}

// A name as a code span; backticks would end it.
const code = (text) => `\`${text.replace(/[`\r\n]/g, "'")}\``;

// The program leaves room in a plan for what is said here; one that has none after all is left out.
function fitted(marker, text, plan) {
  const all = `${marker}\n${text}${plan}`;
  if (Buffer.byteLength(all) <= LIMIT) return all;
  return `${marker}\n${text}The plan has no room here; the run's summary has it.\n`;
}
