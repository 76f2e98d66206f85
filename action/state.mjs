// What the steps tell each other, in files of one folder.

import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const env = process.env;

// The folder.
export const folder = env.PROVISION_FOLDER;

// The path of a file in it.
export const file = (name) => join(folder, name);

// A file's text; nothing where there is no such file.
export const read = (name) => (existsSync(file(name)) ? readFileSync(file(name), "utf8") : "");

// Writes a file that only its owner may read.
export const write = (name, text) => writeFileSync(file(name), text, { mode: 0o600 });

// The lines of a text that say something.
export const lines = (text = "") => text.split("\n").map((line) => line.trim()).filter(Boolean);

// An output of the step, where steps have outputs.
export const output = (name, value) => {
  if (env.GITHUB_OUTPUT) appendFileSync(env.GITHUB_OUTPUT, `${name}=${String(value).replace(/\s+/g, " ")}\n`);
};
