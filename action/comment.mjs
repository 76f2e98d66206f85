// One comment of a stack on its pull request: written once, and anew from then on.

import { forge } from "./forge.mjs";
import { read } from "./state.mjs";
import { comment, keyMarker, planMarker } from "./text.mjs";

const { key, pull } = JSON.parse(read("about.json"));
// A commit that came without a pull request.
if (!pull) process.exit();
const ended = JSON.parse(read("ended.json"));
const { comments, addComment, setComment, runUrl } = forge();

const markers = [planMarker(ended.plan), keyMarker(key)].filter(Boolean);
const all = await comments(pull);
const found = markers.map((marker) => all.find((one) => one.body.includes(marker))).find(Boolean);

const body = comment(key, ended, found?.body, runUrl);
if (!found) await addComment(pull, body);
else if (found.body !== body) await setComment(pull, found.id, body);
