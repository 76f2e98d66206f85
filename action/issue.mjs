// One issue of a stack for as long as AWS differs from its file.

import { forge } from "./forge.mjs";
import { read } from "./state.mjs";
import { drift, keyMarker, planMarker } from "./text.mjs";

const { key } = JSON.parse(read("about.json"));
const ended = JSON.parse(read("ended.json"));
const { issues, addIssue, setIssue, closeIssue, runUrl } = forge();

const markers = [planMarker(ended.plan), keyMarker(key)].filter(Boolean);
const found = (await issues()).find(({ body }) => markers.some((marker) => body?.includes(marker)));

if (ended.code === 0) {
  if (found) await closeIssue(found.id, `The drift is gone: [the run](${runUrl}).`);
} else if (ended.plan) {
  const title = `Drift: ${ended.name}`;
  const body = drift(key, ended, runUrl);
  if (found) await setIssue(found.id, title, body);
  else await addIssue(title, body);
}
