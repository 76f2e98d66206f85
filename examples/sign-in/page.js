// Gets tokens with a user name and a password, and shows whose they are.

import outputs from "./outputs.js";

const status = document.querySelector("[role=status]");

/** The claims of a token. Whoever relies on them verifies the signature first. */
function claims(token) {
  const body = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(body), (c) => c.charCodeAt(0))));
}

document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { user, password } = Object.fromEntries(new FormData(event.target));
  const credentials = String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`));
  const answer = await fetch(outputs.token_url, {
    headers: { authorization: `Basic ${btoa(credentials)}` },
  });
  const body = await answer.json();
  if (!answer.ok) {
    status.textContent = body.error;
    return;
  }
  const { "cognito:username": name, "cognito:groups": groups = [] } = claims(body.id_token);
  status.textContent = `Signed in as ${name}, in ${groups.join(", ") || "no group"}`;
});
