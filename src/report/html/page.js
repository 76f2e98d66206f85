"use strict";
(() => {
  const controls = document.getElementById("controls");
  const changes = [...document.querySelectorAll("details.change")];
  if (!controls || changes.length === 0) return;
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const buttons = [...controls.querySelectorAll("[data-filter]")];
  const rows = changes.map((_, at) => document.getElementById("r" + at));
  let texts = null;

  // Every word typed must be there; of the pressed buttons, one must fit.
  const filter = () => {
    texts ??= changes.map((change) => change.textContent.toLowerCase());
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const pressed = buttons.filter((b) => b.ariaPressed === "true").map((b) => b.dataset.filter);
    const actions = pressed.filter((one) => one !== "risky");
    let many = 0;
    changes.forEach((change, at) => {
      const shown = words.every((word) => texts[at].includes(word))
        && (actions.length === 0 || actions.includes(change.dataset.action))
        && (!pressed.includes("risky") || "risky" in change.dataset);
      change.hidden = rows[at].hidden = !shown;
      many += shown;
    });
    found.textContent = many + " of " + changes.length + " shown";
  };

  // What a link leads to is shown, also where a filter hides it.
  const show = (anchor) => {
    const change = document.getElementById(anchor)?.closest("details");
    if (!change) return;
    if (change.hidden) {
      search.value = "";
      buttons.forEach((button) => { button.ariaPressed = "false"; });
      filter();
    }
    document.querySelector(".at")?.classList.remove("at");
    change.open = true;
    change.classList.add("at");
    change.querySelector("summary").focus({ preventScroll: true });
    change.scrollIntoView({ block: "start" });
  };

  search.addEventListener("input", filter);
  buttons.forEach((button) => button.addEventListener("click", () => {
    button.ariaPressed = String(button.ariaPressed !== "true");
    filter();
  }));
  const all = (open) => () => changes.forEach((change) => {
    if (!change.hidden) change.open = open;
  });
  document.getElementById("expand").addEventListener("click", all(true));
  document.getElementById("collapse").addEventListener("click", all(false));
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#c']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const anchor = link.getAttribute("href").slice(1);
    if (!/^c\d+$/.test(anchor)) return;
    event.preventDefault();
    history.pushState(null, "", "#" + anchor);
    show(anchor);
  });
  const follow = () => { if (/^#c\d+$/.test(location.hash)) show(location.hash.slice(1)); };
  window.addEventListener("hashchange", follow);
  window.addEventListener("popstate", follow);

  controls.hidden = false;
  filter();
  follow();
})();
