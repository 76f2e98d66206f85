// Create-auth-challenge trigger of an Amazon Cognito user pool: tells the browser where to step up.
//
// The browser is sent to `authorize_url` and comes back to the page with a code, which is the
// answer to the challenge, and with `state`, which the page compares. What proves that the code was
// made for this sign-in (nonce, PKCE verifier) is for the verifying trigger: only hashes or values
// that the provider signs leave through the URL.
//
// Environment: AUTHORIZE_URL, CLIENT_ID and REDIRECT_URI, of an OAuth application of the provider.

import { createHash, randomBytes } from "node:crypto";

export const handler = async (event) => {
  const state = random();
  const nonce = random();
  const verifier = random();
  const url = new URL(setting("AUTHORIZE_URL"));
  const parameters = {
    response_type: "code",
    client_id: setting("CLIENT_ID"),
    redirect_uri: setting("REDIRECT_URI"),
    scope: "openid email",
    state,
    nonce,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    // Who is signing in has given the password already.
    login_hint: event.request.userAttributes?.email,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) {
      url.searchParams.set(name, value);
    }
  }
  event.response = {
    ...event.response,
    publicChallengeParameters: { authorize_url: url.href, state },
    privateChallengeParameters: { nonce, verifier },
    challengeMetadata: "STEP_UP",
  };
  return event;
};

function random() {
  return randomBytes(32).toString("base64url");
}

function setting(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`the environment variable ${name} is not set`);
  }
  return value;
}
