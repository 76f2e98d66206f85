// Pre-token-generation trigger of an Amazon Cognito user pool (event version V1_0): adds the claim
// `stack`, from the environment variable STACK, to the id token.

export const handler = async (event) => {
  const stack = process.env.STACK;
  if (!stack) {
    throw new Error("the environment variable STACK is not set: it is the claim's value");
  }
  // Cognito sends null for what nobody has overridden yet.
  const details = event.response?.claimsOverrideDetails ?? {};
  const claims = details.claimsToAddOrOverride ?? {};
  event.response = {
    ...event.response,
    claimsOverrideDetails: { ...details, claimsToAddOrOverride: { ...claims, stack } },
  };
  return event;
};
