// The calls of Amazon Cognito that a page needs to sign people up and in with their password, where
// the password never leaves the browser (SRP). No library: fetch, BigInt and Web Crypto.

import { Password } from "./srp.js";

/** What Cognito refused; `code` is its name for it. */
export class CognitoError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** An app client without a secret; its settings are outputs of the stack. */
export class Cognito {
  constructor({ cognito_url, user_pool_id, client_id }) {
    this.url = cognito_url;
    this.poolId = user_pool_id;
    this.clientId = client_id;
  }

  /** Makes an account; Cognito e-mails a code. */
  signUp(userName, password, email) {
    return this.#call("SignUp", {
      Username: userName,
      Password: password,
      UserAttributes: [{ Name: "email", Value: email }],
    });
  }

  /** Confirms an account with the code that was e-mailed. */
  confirmSignUp(userName, code) {
    return this.#call("ConfirmSignUp", { Username: userName, ConfirmationCode: code });
  }

  /**
   * Signs in with the password. The answer is Cognito's: tokens (`AuthenticationResult`), or the
   * next challenge. `flow` is CUSTOM_AUTH or USER_SRP_AUTH.
   */
  async signIn(userName, password, flow = "CUSTOM_AUTH") {
    const proof = new Password(this.poolId, password);
    const start = { USERNAME: userName, SRP_A: proof.start() };
    if (flow === "CUSTOM_AUTH") {
      start.CHALLENGE_NAME = "SRP_A";
    }
    const asked = await this.#call("InitiateAuth", { AuthFlow: flow, AuthParameters: start });
    if (asked.ChallengeName !== "PASSWORD_VERIFIER") {
      throw new CognitoError("UnexpectedChallenge", `${asked.ChallengeName} in place of a password`);
    }
    return this.#call("RespondToAuthChallenge", {
      ChallengeName: asked.ChallengeName,
      Session: asked.Session,
      ChallengeResponses: await proof.answer(asked.ChallengeParameters),
    });
  }

  /** Answers a custom challenge; the answer is Cognito's, as that of `signIn`. */
  answer(userName, session, answer) {
    return this.#call("RespondToAuthChallenge", {
      ChallengeName: "CUSTOM_CHALLENGE",
      Session: session,
      ChallengeResponses: { USERNAME: userName, ANSWER: answer },
    });
  }

  async #call(action, body) {
    const answer = await fetch(this.url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AWSCognitoIdentityProviderService.${action}`,
      },
      body: JSON.stringify({ ClientId: this.clientId, ...body }),
    });
    const result = await answer.json();
    if (!answer.ok) {
      throw new CognitoError(result.__type?.split("#").at(-1), result.message);
    }
    return result;
  }
}
