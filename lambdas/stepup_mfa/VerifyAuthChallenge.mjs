// Verify-auth-challenge-response trigger of an Amazon Cognito user pool: exchanges the code that the
// browser brought from the outside identity provider for an id token, and accepts it if it was made
// for this application, this sign-in and this person.
//
// Environment: TOKEN_URL, CLIENT_ID, CLIENT_SECRET and REDIRECT_URI, of an OAuth application of the
// provider; USER_CLAIM, the claim that holds the person's e-mail address (default: email).

/** Cognito waits 5 seconds for a trigger. */
const TIMEOUT_MS = 3500;

/** Longer than any provider's code; what is longer is not sent on. */
const LONGEST_CODE = 4096;

export const handler = async (event) => {
  const { challengeAnswer, privateChallengeParameters, userAttributes, userNotFound } =
    event.request;
  let answerCorrect = false;
  try {
    if (!userNotFound && isCode(challengeAnswer)) {
      const idToken = await exchange(challengeAnswer, privateChallengeParameters?.verifier);
      const reason = reasonAgainst(idToken, privateChallengeParameters?.nonce, userAttributes);
      answerCorrect = reason === undefined;
      if (reason) {
        console.info(`the step-up is not accepted: ${reason}`);
      }
    }
  } catch (error) {
    // No code, no token and no secret is in these messages.
    console.error(`the step-up could not be verified: ${error.name}: ${error.message}`);
  }
  event.response = { ...event.response, answerCorrect };
  return event;
};

function isCode(answer) {
  return typeof answer === "string" && answer.length > 0 && answer.length <= LONGEST_CODE;
}

/** Returns the claims of the id token that the provider gives for a code. */
async function exchange(code, verifier) {
  // RFC 6749, 2.3.1: both parts are form-encoded first.
  const credentials = [setting("CLIENT_ID"), setting("CLIENT_SECRET")].map(encodeURIComponent);
  const answer = await fetch(setting("TOKEN_URL"), {
    method: "POST",
    headers: {
      accept: "application/json",
      authorization: `Basic ${Buffer.from(credentials.join(":")).toString("base64")}`,
    },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code,
      redirect_uri: setting("REDIRECT_URI"),
      code_verifier: verifier ?? "",
    }),
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (answer.status >= 500) {
    throw new Error(`the provider answered ${answer.status}`);
  }
  if (!answer.ok) {
    return undefined;
  }
  const { id_token: idToken } = await answer.json();
  // It came from the provider's own endpoint over TLS, so its signature need not be checked
  // (OpenID Connect Core 1.0, 3.1.3.7, point 6).
  return typeof idToken === "string" ? claims(idToken) : undefined;
}

function claims(token) {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString("utf8"));
  } catch {
    throw new Error("the provider's id token cannot be read");
  }
}

/** Says what is wrong with an id token, if anything. */
function reasonAgainst(idToken, nonce, userAttributes) {
  if (!idToken) {
    return "the provider gave no id token for the code";
  }
  if (![idToken.aud].flat().includes(setting("CLIENT_ID"))) {
    return "the id token is for another application";
  }
  if (!(idToken.exp > Date.now() / 1000)) {
    return "the id token is expired";
  }
  if (!nonce || idToken.nonce !== nonce) {
    return "the id token is from another sign-in";
  }
  const claim = idToken[process.env.USER_CLAIM || "email"];
  const email = userAttributes?.email;
  const isSame =
    typeof claim === "string" && typeof email === "string" &&
    claim.toLowerCase() === email.toLowerCase();
  if (!isSame || idToken.email_verified === false) {
    return "the id token is another person's";
  }
  return undefined;
}

function setting(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`the environment variable ${name} is not set`);
  }
  return value;
}
