import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, mock, test } from "node:test";

import { handler as create } from "./CreateAuthChallenge.mjs";
import { handler as define } from "./DefineAuthChallenge.mjs";
import { handler as verify } from "./VerifyAuthChallenge.mjs";

const SECRET = "s3cr+t/ü";
const round = (challengeName, challengeResult) => ({ challengeName, challengeResult });
const PASSWORD = [round("SRP_A", true), round("PASSWORD_VERIFIER", true)];
const RIGHT = round("CUSTOM_CHALLENGE", true);
const WRONG = round("CUSTOM_CHALLENGE", false);

const next = async (session, more) =>
  (await define({ request: { session, ...more }, response: {} })).response;
const FAILED = { issueTokens: false, failAuthentication: true };
const asks = (challengeName) => ({
  issueTokens: false,
  failAuthentication: false,
  challengeName,
});

test("password, then step-up, then tokens", async () => {
  assert.deepEqual(await next(PASSWORD.slice(0, 1)), asks("PASSWORD_VERIFIER"));
  assert.deepEqual(await next(PASSWORD), asks("CUSTOM_CHALLENGE"));
  const tokens = { issueTokens: true, failAuthentication: false };
  assert.deepEqual(await next([...PASSWORD, RIGHT]), tokens);
});

test("a sign-in that does not start with the password fails", async () => {
  for (const session of [
    [],
    undefined,
    [RIGHT],
    [PASSWORD[0], RIGHT],
    [RIGHT, RIGHT, RIGHT],
    [round("SRP_A", false)],
    [PASSWORD[0], round("PASSWORD_VERIFIER", false)],
    [...PASSWORD, round("SRP_A", true)],
    [...PASSWORD, round("SMS_MFA", true), RIGHT],
  ]) {
    assert.deepEqual(await next(session), FAILED, JSON.stringify(session));
  }
});

test("a wrong answer may be tried three times", async () => {
  assert.deepEqual(await next([...PASSWORD, WRONG, WRONG]), asks("CUSTOM_CHALLENGE"));
  assert.deepEqual(await next([...PASSWORD, WRONG, WRONG, WRONG]), FAILED);
  assert.equal((await next([...PASSWORD, WRONG, WRONG, RIGHT])).issueTokens, true);
});

test("who is not there goes the same way and gets no tokens", async () => {
  const more = { userNotFound: true };
  assert.deepEqual(await next(PASSWORD, more), asks("CUSTOM_CHALLENGE"));
  assert.deepEqual(await next([...PASSWORD, RIGHT], more), FAILED);
});

/** The provider's token endpoint: what it was asked, and what it answers. */
let asked;
let answer;
const server = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) {
    body += part;
  }
  asked.push({ method: request.method, headers: request.headers, form: new URLSearchParams(body) });
  const { status = 200, json, headers = {}, then = answer } = answer;
  answer = then;
  response.writeHead(status, headers).end(typeof json === "string" ? json : JSON.stringify(json));
});
const log = [];

before(() => new Promise((resolve) => server.listen(0, "127.0.0.1", resolve)));
after(() => server.close());

beforeEach(() => {
  asked = [];
  log.length = 0;
  for (const level of ["info", "error"]) {
    mock.method(console, level, (text) => log.push(text));
  }
  Object.assign(process.env, {
    AUTHORIZE_URL: "https://provider.example.com/authorize?tenant=a",
    TOKEN_URL: `http://127.0.0.1:${server.address().port}/token`,
    CLIENT_ID: "app",
    CLIENT_SECRET: SECRET,
    REDIRECT_URI: "http://localhost:3000/",
  });
});

afterEach(() => {
  mock.restoreAll();
  delete process.env.USER_CLAIM;
  assert.ok(!log.join("\n").includes(SECRET));
  assert.ok(!log.join("\n").includes("the-code"));
});

const challenge = async (userAttributes = { email: "ada@example.com" }) =>
  (await create({ request: { userAttributes }, response: {} })).response;

test("the browser is told where to step up, and nothing that proves it", async () => {
  const { publicChallengeParameters, privateChallengeParameters } = await challenge();
  const { verifier, nonce } = privateChallengeParameters;
  const url = new URL(publicChallengeParameters.authorize_url);
  assert.equal(url.origin + url.pathname, "https://provider.example.com/authorize");
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    tenant: "a",
    response_type: "code",
    client_id: "app",
    redirect_uri: "http://localhost:3000/",
    scope: "openid email",
    state: publicChallengeParameters.state,
    nonce,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    login_hint: "ada@example.com",
  });
  assert.ok(!JSON.stringify(publicChallengeParameters).includes(verifier));
});

test("each challenge is another", async () => {
  const [one, two] = [await challenge(), await challenge({})];
  assert.notEqual(one.publicChallengeParameters.state, two.publicChallengeParameters.state);
  for (const secret of ["nonce", "verifier"]) {
    assert.notEqual(one.privateChallengeParameters[secret], two.privateChallengeParameters[secret]);
  }
});

test("a missing setting is named", async () => {
  delete process.env.AUTHORIZE_URL;
  await assert.rejects(challenge(), /AUTHORIZE_URL/);
});

const token = (claims) =>
  ["e30", Buffer.from(JSON.stringify(claims)).toString("base64url"), "sig"].join(".");
const CLAIMS = { aud: "app", exp: Date.now() / 1000 + 60, nonce: "n", email: "Ada@Example.com" };

/** Whether an answer is right where the provider answers this. */
async function isRight(provider, request) {
  answer = provider;
  const event = {
    request: {
      challengeAnswer: "the-code",
      privateChallengeParameters: { nonce: "n", verifier: "v" },
      userAttributes: { email: "ada@example.com" },
      ...request,
    },
    response: { answerCorrect: null },
  };
  return (await verify(event)).response.answerCorrect;
}

test("a code that gives this person's id token is right", async () => {
  assert.equal(await isRight({ json: { id_token: token(CLAIMS) } }), true);
  const [{ method, headers, form }] = asked;
  assert.equal(method, "POST");
  const credentials = Buffer.from(`app:${encodeURIComponent(SECRET)}`).toString("base64");
  assert.equal(headers.authorization, `Basic ${credentials}`);
  assert.match(headers["content-type"], /^application\/x-www-form-urlencoded/);
  assert.deepEqual(Object.fromEntries(form), {
    grant_type: "authorization_code",
    code: "the-code",
    redirect_uri: "http://localhost:3000/",
    code_verifier: "v",
  });
  const many = token({ ...CLAIMS, aud: ["other", "app"] });
  assert.equal(await isRight({ json: { id_token: many } }), true);
});

test("the claim that names the person can be chosen", async () => {
  process.env.USER_CLAIM = "upn";
  const claims = { ...CLAIMS, email: undefined, upn: "ada@example.com" };
  assert.equal(await isRight({ json: { id_token: token(claims) } }), true);
  assert.equal(await isRight({ json: { id_token: token(CLAIMS) } }), false);
});

test("any other id token is wrong", async () => {
  for (const wrong of [
    { aud: "another" },
    { aud: undefined },
    { exp: Date.now() / 1000 - 1 },
    { exp: undefined },
    { nonce: "another" },
    { nonce: undefined },
    { email: "eve@example.com" },
    { email: undefined },
    { email: ["ada@example.com"] },
    { email_verified: false },
  ]) {
    const answer = { json: { id_token: token({ ...CLAIMS, ...wrong }) } };
    assert.equal(await isRight(answer), false, JSON.stringify(wrong));
  }
});

test("an id token for nobody's sign-in is wrong", async () => {
  const json = { id_token: token({ ...CLAIMS, nonce: undefined }) };
  assert.equal(await isRight({ json }, { privateChallengeParameters: {} }), false);
  assert.equal(await isRight({ json }, { privateChallengeParameters: null }), false);
  const without = { id_token: token({ ...CLAIMS, email: undefined }) };
  assert.equal(await isRight({ json: without }, { userAttributes: {} }), false);
});

test("whatever else the provider answers is wrong", async () => {
  for (const provider of [
    { status: 400, json: { error: "invalid_grant" } },
    { status: 401, json: { id_token: token(CLAIMS) } },
    { status: 500, json: { id_token: token(CLAIMS) } },
    { status: 302, headers: { location: "/" }, then: { json: { id_token: token(CLAIMS) } } },
    { json: {} },
    { json: { id_token: 7 } },
    { json: { id_token: "no token" } },
    { json: "<html>" },
  ]) {
    assert.equal(await isRight(provider), false, JSON.stringify(provider));
  }
});

test("a provider that cannot be reached is an error of the log, and no more", async () => {
  process.env.TOKEN_URL = "http://127.0.0.1:1/token";
  assert.equal(await isRight({}), false);
  assert.match(log.join(), /could not be verified/);
});

test("what is no code is not sent on", async () => {
  for (const challengeAnswer of ["", undefined, null, 7, "x".repeat(4097)]) {
    assert.equal(await isRight({ json: { id_token: token(CLAIMS) } }, { challengeAnswer }), false);
  }
  assert.equal(await isRight({ json: {} }, { userNotFound: true }), false);
  assert.equal(asked.length, 0);
});
