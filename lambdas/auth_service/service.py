"""What the three functions of the service share: requests, responses, and Cognito's errors.

Environment: USER_POOL_ID and CLIENT_ID, of an app client that allows ALLOW_USER_PASSWORD_AUTH and
has no secret.
"""

import base64
import functools
import json
import logging

import fastjsonschema

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)

# What a caller may hear of Cognito's errors; whatever else is wrong, the log says.
BAD_REQUESTS = {
    "AliasExistsException": "an account with this e-mail address exists already",
    "CodeMismatchException": "the code is wrong or expired",
    "ExpiredCodeException": "the code is wrong or expired",
    "InvalidParameterException": "the user pool does not take these values",
    "NotAuthorizedException": "wrong user name or password",
    "PasswordResetRequiredException": "the password must be reset first",
    "UserNotConfirmedException": "the e-mail address must be verified first",
    "UserNotFoundException": "wrong user name or password",
    "UsernameExistsException": "the user name is taken",
}
THROTTLED = {
    "LimitExceededException",
    "Throttling",
    "ThrottlingException",
    "TooManyFailedAttemptsException",
    "TooManyRequestsException",
}


class Refused(Exception):
    """A request that cannot be served; its text is the answer."""


def answer(event, check, serve, words=None):
    """Answers one request of the HTTP API: checks its body, serves it, and turns errors into words.

    `words` replaces what is said of some of Cognito's errors.
    """
    try:
        return respond(200, serve(body(event, check)))
    except Refused as refusal:
        return respond(400, {"error": str(refusal)})
    except Exception as error:  # Whatever happens, the caller gets an answer without detail.
        return failed(error, words or {})


def body(event, check):
    """Returns the JSON object in the request's body, checked."""
    text = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            text = base64.b64decode(text, validate=True).decode("utf-8")
        request = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("the body is not JSON") from None
    try:
        check(request)
    except fastjsonschema.JsonSchemaValueException as error:
        # Its message names the setting and the rule, never the value: a password stays out of it.
        raise Refused(error.message.replace("data.", "").replace("data ", "the body ")) from None
    return request


def schema(required, either=None, **properties):
    """Returns the check of a body: these properties and no others.

    `either` lists alternatives to `required`, each a list of properties.
    """
    alternatives = [{"required": names} for names in either or [[]]]
    return fastjsonschema.compile(
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "required": required,
            "anyOf": alternatives,
            "properties": properties,
            "additionalProperties": False,
        }
    )


def text(longest, pattern=None):
    """Returns the schema of a text that is not empty."""
    rule = {"type": "string", "minLength": 1, "maxLength": longest}
    return {**rule, "pattern": pattern} if pattern else rule


@functools.lru_cache(maxsize=1)
def cognito():
    """Returns the Cognito client, made once in the life of a container."""
    import boto3  # Here, so that the tests run without it.
    from botocore.config import Config

    config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})
    return boto3.client("cognito-idp", config=config)


def error_code(error):
    """Returns the code of an AWS error, or None for any other error."""
    response = getattr(error, "response", None)
    # Errors of the connection have one too, of another type.
    return response.get("Error", {}).get("Code") if isinstance(response, dict) else None


def failed(error, words):
    """Turns an error into the response."""
    code = error_code(error)
    said = {**BAD_REQUESTS, **words}.get(code)
    if code == "InvalidPasswordException":
        # Which rule of the policy it breaks; Cognito does not repeat the password.
        said = error.response["Error"].get("Message") or "the password is too weak"
    if code == "UserLambdaValidationException":
        said = "the user pool refuses it"
    # No message of AWS's: some quote what was sent.
    logger.log(
        logging.INFO if said else logging.ERROR,
        "the request failed: %s %s",
        type(error).__name__,
        code,
    )
    if said:
        return respond(400, {"error": said})
    if code in THROTTLED:
        return respond(429, {"error": "too many requests, try again later"})
    return respond(500, {"error": "internal error"})


def respond(status, body):
    """Returns a response that both payload formats understand."""
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": json.dumps(body),
    }
