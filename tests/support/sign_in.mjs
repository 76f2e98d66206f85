// Signs in with a password, as the page of examples/step-up does, and prints Cognito's answer or
// its refusal. Takes the settings, flow, user name and password as JSON from standard input.

import { text } from "node:stream/consumers";

import { Cognito } from "../../examples/step-up/cognito.js";

const { settings, flow, user_name: userName, password } = JSON.parse(await text(process.stdin));
const outcome = await new Cognito(settings)
  .signIn(userName, password, flow)
  .catch(({ code, message }) => ({ error: code ?? message }));
console.log(JSON.stringify(outcome));
