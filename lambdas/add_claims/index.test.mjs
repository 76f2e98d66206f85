import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { handler } from "./index.mjs";

const event = (response) => ({
  version: "1",
  triggerSource: "TokenGeneration_Authentication",
  userName: "test1",
  request: { userAttributes: {}, groupConfiguration: {} },
  response,
});

beforeEach(() => {
  process.env.STACK = "demo";
});

afterEach(() => {
  delete process.env.STACK;
});

test("the claim is added to an untouched response", async () => {
  for (const response of [{ claimsOverrideDetails: null }, {}, undefined]) {
    const details = { claimsToAddOrOverride: { stack: "demo" } };
    const answer = await handler(event(response));
    assert.deepEqual(answer, event({ claimsOverrideDetails: details }));
  }
});

test("what is overridden already is kept", async () => {
  const details = { claimsToAddOrOverride: { team: "data" }, claimsToSuppress: ["email"] };
  const answer = await handler(event({ claimsOverrideDetails: details }));
  assert.deepEqual(answer.response.claimsOverrideDetails, {
    claimsToAddOrOverride: { team: "data", stack: "demo" },
    claimsToSuppress: ["email"],
  });
});

test("a missing setting is named", async () => {
  delete process.env.STACK;
  await assert.rejects(handler(event({ claimsOverrideDetails: null })), /STACK/);
});
