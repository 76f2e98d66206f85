// Opens a page in Chromium, does with it what people do, and prints what is to be seen, as JSON.
// node browser.mjs CHROMIUM PAGE FOLDER PROFILE: screenshots go to the folder.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [chromium, page, folder, profile] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = spawn(chromium, [
  "--headless=new", "--hide-scrollbars", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
  `--user-data-dir=${profile}`, "about:blank",
], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const deadline = setTimeout(() => { browser.kill("SIGKILL"); console.error("took too long"); process.exit(1); }, 60_000);

// The DevTools protocol: JSON with a zero byte behind it.
// https://chromedevtools.github.io/devtools-protocol/
const waiting = new Map(), heard = [], requests = [], errors = [];
let next = 0, session, rest = "";
browser.stdio[4].setEncoding("utf8");
browser.stdio[4].on("data", (data) => {
  const parts = (rest + data).split("\0");
  rest = parts.pop();
  parts.map((part) => JSON.parse(part)).forEach(hear);
});
function hear(message) {
  const { id, method, params } = message;
  if (id) return waiting.get(id)(message);
  if (method === "Network.requestWillBeSent") requests.push(params.request.url);
  if (method === "Runtime.exceptionThrown") errors.push(params.exceptionDetails.text);
  if (method === "Runtime.consoleAPICalled") errors.push(JSON.stringify(params.args));
  if (method === "Log.entryAdded") errors.push(params.entry.text);
  heard.filter((one) => one.method === method).forEach((one) => one.done(params));
}
const call = (method, params = {}) => new Promise((done, fail) => {
  const id = ++next;
  waiting.set(id, (answer) => answer.error ? fail(new Error(`${method}: ${answer.error.message}`)) : done(answer.result));
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId: session }) + "\0");
});
const event = (method) => new Promise((done) => heard.push({ method, done }));
async function see(expression) {
  const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, returnByValue: true });
  if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception.description}`);
  return result.value;
}
async function open(url) {
  const loaded = event("Page.loadEventFired");
  await call("Page.navigate", { url });
  await loaded;
}
async function click(selector) {
  const { x, y } = await see(`(() => {
    const it = document.querySelector(${JSON.stringify(selector)});
    it.scrollIntoView({ block: "center", behavior: "instant" });
    const { x, y, width, height } = it.getBoundingClientRect();
    return { x: x + Math.min(width / 2, 40), y: y + height / 2 };
  })()`);
  for (const type of ["mousePressed", "mouseReleased"]) {
    await call("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
  }
  await settled();
}
async function key(name, code, text) {
  await call("Input.dispatchKeyEvent", { type: "keyDown", key: name, windowsVirtualKeyCode: code, text });
  await call("Input.dispatchKeyEvent", { type: "keyUp", key: name, windowsVirtualKeyCode: code });
  await settled();
}
// Until it is drawn; where the page's scripts do not run, no frame calls back.
const settled = () => Promise.race([call("Runtime.evaluate", {
  expression: "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
  awaitPromise: true,
}), new Promise((done) => setTimeout(done, 300))]);
let window = {};
function size(width, height) {
  window = { width, height };
  return call("Emulation.setDeviceMetricsOverride", { ...window, deviceScaleFactor: 1, mobile: false });
}
const scheme = (value) => call("Emulation.setEmulatedMedia", { features: [
  { name: "prefers-color-scheme", value }, { name: "prefers-reduced-motion", value: "reduce" },
] });
async function shoot(name) {
  // What is out of sight is not drawn: the whole page comes in sight.
  const { width, height } = window;
  for (const _ of [1, 2]) {
    await size(width, Math.max(height, Math.min(await see("document.documentElement.scrollHeight"), 12_000)));
    await settled();
  }
  const { data } = await call("Page.captureScreenshot");
  writeFileSync(join(folder, `${name}.png`), Buffer.from(data, "base64"));
  await size(width, height);
}

// Every text whose contrast to what is behind it is less than WCAG's AA asks for.
// https://www.w3.org/TR/WCAG22/#contrast-minimum
const CONTRAST = `(() => {
  const parts = (colour) => (colour.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const box = element.closest(".node")?.querySelector("rect");
    if (box) return getComputedStyle(box).fill;
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor, alpha = parts(colour)[3] ?? 1;
      if (alpha === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = new Set();
  let looked = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("title, script")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(element.closest("svg") ? style.fill : style.color), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    looked += 1;
    if (contrast < 4.5) faint.add(element.tagName + "." + (element.className.baseVal ?? element.className) + " " + contrast.toFixed(2));
  }
  return { looked, faint: [...faint] };
})()`;
const SHOWN = `[...document.querySelectorAll("details.change")].filter((c) => !c.hidden).map((c) => c.querySelector("h3 code").textContent)`;
const ROWS = `[...document.querySelectorAll(".all tbody tr")].filter((r) => !r.hidden).length`;
const FITS = "document.scrollingElement.scrollWidth <= innerWidth";

async function visit() {
  const { targetId } = await call("Target.createTarget", { url: "about:blank" });
  session = (await call("Target.attachToTarget", { targetId, flatten: true })).sessionId;
  for (const domain of ["Page", "Runtime", "Network", "Log"]) await call(`${domain}.enable`);
  const seen = {}, url = pathToFileURL(page).href;
  await size(1280, 900);
  await scheme("light");
  await open(url);
  seen.title = await see("document.title");
  seen.all = await see(SHOWN);
  await shoot("light");

  await click("#search");
  await call("Input.insertText", { text: "web callback" });
  await settled();
  seen.searched = await see(SHOWN);
  seen.rows = await see(ROWS);
  seen.found = await see("document.getElementById('found').textContent");
  // Where the change that a link leads to is hidden, it is shown again.
  await click("svg a.node.delete");
  seen.node = await see(`(() => {
    const at = document.querySelector("details.at");
    return { address: at.querySelector("h3 code").textContent, open: at.open, focused: document.activeElement.parentElement === at,
      hash: location.hash, inSight: at.getBoundingClientRect().top >= 0 && at.getBoundingClientRect().top < innerHeight };
  })()`);
  seen.unfiltered = await see(ROWS);
  await click("[data-filter=delete]");
  seen.deleted = await see(SHOWN);
  await click("[data-filter=delete]");

  const first = "details.change:not([open])";
  await see(`document.querySelector("${first}").id = "tried"`);
  await click("#tried > summary");
  seen.clicked = await see("document.getElementById('tried').open");
  await see("document.querySelector('#tried > summary').focus()");
  await key("Enter", 13, "\r");
  seen.pressed = await see("document.getElementById('tried').open");
  await key("Tab", 9);
  seen.ring = await see("getComputedStyle(document.activeElement).outlineStyle");
  await click("#collapse");
  seen.collapsed = await see("document.querySelectorAll('details.change[open]').length");
  await click("#expand");
  seen.expanded = await see("document.querySelectorAll('details.change[open]').length");
  // What is folded besides the changes is looked at too.
  await see("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
  await see("scrollTo(0, 0)");
  seen.light = await see(CONTRAST);
  await shoot("open");
  await scheme("dark");
  seen.dark = await see(CONTRAST);
  seen.turned = await see("getComputedStyle(document.body).backgroundColor");
  await shoot("dark");
  seen.fits = await see(FITS);
  await size(390, 844);
  await shoot("narrow-dark");
  await scheme("light");
  await shoot("narrow");
  seen.fitsNarrow = await see(FITS);

  await call("Emulation.setScriptExecutionDisabled", { value: true });
  await size(1280, 900);
  await open(url);
  seen.withoutScript = await see(`({
    controls: document.getElementById("controls").checkVisibility(),
    rows: ${ROWS},
  })`);
  await click(".all tbody th a");
  seen.openedWithoutScript = await see("document.querySelectorAll('details.change[open]').length");
  await shoot("without-script");
  return { ...seen, requests, errors, url };
}

try {
  console.log(JSON.stringify(await visit(), null, 1));
} finally {
  clearTimeout(deadline);
  browser.kill("SIGKILL");
}
