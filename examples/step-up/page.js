// Signs people up, and in: with their password here, then at the outside identity provider, whose
// code is the answer to Cognito's challenge.

import { Cognito } from "./cognito.js";
import outputs from "./outputs.js";

const cognito = new Cognito(outputs);
const status = document.querySelector("[role=status]");

/** What the page must remember while people are at the provider. */
const pending = {
  keep: (value) => sessionStorage.setItem("pending", JSON.stringify(value)),
  take() {
    const value = JSON.parse(sessionStorage.getItem("pending"));
    sessionStorage.removeItem("pending");
    return value;
  },
};

onSubmit("sign-up", async ({ user, password, email }) => {
  await cognito.signUp(user, password, email);
  return "Look for a code in your e-mail";
});

onSubmit("verify", async ({ user, code }) => {
  await cognito.confirmSignUp(user, code);
  return "Verified: sign in now";
});

onSubmit("sign-in", async ({ user, password }) => stepUp(user, await cognito.signIn(user, password)));

/** Sends people to the provider, where Cognito asks for it. */
function stepUp(user, { ChallengeName, Session, ChallengeParameters: asked }) {
  if (ChallengeName !== "CUSTOM_CHALLENGE") {
    throw new Error(`${ChallengeName} is not for this page`);
  }
  pending.keep({ user, session: Session, state: asked.state });
  location.assign(asked.authorize_url);
  return "Step up …";
}

/** Goes on where people come back from the provider. */
async function comeBack() {
  const answer = new URLSearchParams(location.search);
  if (!answer.has("state")) {
    return;
  }
  // The code is good for one use: it does not stay in the address.
  history.replaceState(null, "", location.pathname);
  const begun = pending.take();
  if (begun?.state !== answer.get("state")) {
    throw new Error("this answer belongs to another sign-in");
  }
  if (!answer.has("code")) {
    throw new Error(answer.get("error_description") ?? answer.get("error") ?? "no code came back");
  }
  const result = await cognito.answer(begun.user, begun.session, answer.get("code"));
  if (!result.AuthenticationResult) {
    throw new Error("The step-up was not accepted: sign in again");
  }
  status.textContent = `Signed in as ${begun.user}`;
}

function onSubmit(form, act) {
  document.getElementById(form).addEventListener("submit", (event) => {
    event.preventDefault();
    act(Object.fromEntries(new FormData(event.target))).then(say, fail);
  });
}

function say(text) {
  status.textContent = text;
}

function fail(error) {
  status.textContent = error.message;
}

comeBack().catch(fail);
