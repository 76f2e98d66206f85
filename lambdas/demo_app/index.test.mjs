import assert from "node:assert/strict";
import { test } from "node:test";

import { handler } from "./index.mjs";

const call = (authorizer) => handler({ requestContext: { authorizer } });

test("a signed-in user gets transactions", async () => {
  const answer = await call({ jwt: { claims: { sub: "ada" } } });
  assert.equal(answer.statusCode, 200);
  const { user, transactions } = JSON.parse(answer.body);
  assert.equal(user, "ada");
  assert.ok(transactions.length > 0);
  assert.equal(answer.headers["cache-control"], "no-store");
});

test("a request that passed no authorizer is refused", async () => {
  for (const authorizer of [undefined, {}, { jwt: {} }, { jwt: { claims: {} } }]) {
    assert.equal((await call(authorizer)).statusCode, 401);
  }
  assert.equal((await handler({})).statusCode, 401);
});
