// Define-auth-challenge trigger of an Amazon Cognito user pool: first the password (SRP), then the
// step-up at an outside identity provider, then tokens. Nothing is skipped: a sign-in that did not
// start with the password fails.

/** How often somebody may step up in one sign-in. */
const MOST_ATTEMPTS = 3;

const TOKENS = { issueTokens: true, failAuthentication: false };
const FAILED = { issueTokens: false, failAuthentication: true };
const challenge = (challengeName) => ({
  issueTokens: false,
  failAuthentication: false,
  challengeName,
});

export const handler = async (event) => {
  event.response = { ...event.response, ...next(event.request) };
  return event;
};

function next({ session, userNotFound }) {
  const [start, password, ...attempts] = session ?? [];
  if (!isPassed(start, "SRP_A")) {
    return FAILED;
  }
  if (!password) {
    return challenge("PASSWORD_VERIFIER");
  }
  if (!isPassed(password, "PASSWORD_VERIFIER")) {
    return FAILED;
  }
  if (attempts.some(({ challengeName }) => challengeName !== "CUSTOM_CHALLENGE")) {
    return FAILED;
  }
  if (isPassed(attempts.at(-1), "CUSTOM_CHALLENGE")) {
    return userNotFound ? FAILED : TOKENS;
  }
  return attempts.length < MOST_ATTEMPTS ? challenge("CUSTOM_CHALLENGE") : FAILED;
}

function isPassed(round, name) {
  return round?.challengeName === name && round.challengeResult === true;
}
