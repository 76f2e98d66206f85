"""Gives the tokens of an Amazon Cognito user pool for a user name and a password.

Stands behind a route of an HTTP API (payload format 2.0 or 1.0):

    curl -u user:password https://.../token

Environment: USER_POOL_ID and CLIENT_ID, of an app client that allows
ALLOW_ADMIN_USER_PASSWORD_AUTH and has no secret. The function's role needs
cognito-idp:AdminInitiateAuth on the pool.
"""

import base64
import binascii
import functools
import json
import logging
import os

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)

# Cognito's own limits. What it would not take is refused here, because Cognito answers it with
# the same error as a pool that is set up wrongly.
MAX_USER_NAME_LENGTH = 128
MAX_PASSWORD_LENGTH = 256

UNAUTHORIZED = {"NotAuthorizedException", "UserNotFoundException"}
FORBIDDEN = {
    "PasswordResetRequiredException": "the password must be reset first",
    "UserNotConfirmedException": "the user must be confirmed first",
}
THROTTLED = {"TooManyRequestsException", "ThrottlingException", "Throttling"}


def lambda_handler(event, context):
    """Answers one request of the HTTP API."""
    credentials = basic_credentials(event)
    if credentials is None:
        return unauthorized()
    try:
        answer = sign_in(*credentials)
    except Exception as error:  # Whatever happens, the caller gets an answer without detail.
        return refused(error, credentials)
    return tokens(answer)


def basic_credentials(event):
    """Returns (user name, password) of the Authorization header, or None."""
    scheme, _, encoded = authorization(event).strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    # Only the first colon separates: a password may hold more of them.
    user_name, _, password = text.partition(":")
    if not 0 < len(user_name) <= MAX_USER_NAME_LENGTH:
        return None
    if not user_name.isprintable() or " " in user_name:
        return None
    if not 0 < len(password) <= MAX_PASSWORD_LENGTH:
        return None
    return user_name, password


def authorization(event):
    """Returns the Authorization header, or an empty string."""
    # Format 2.0 sends names in lower case, format 1.0 as the caller wrote them.
    for name, value in (event.get("headers") or {}).items():
        if name.lower() == "authorization":
            return value or ""
    return ""


@functools.lru_cache(maxsize=1)
def cognito():
    """Returns the Cognito client, made once in the life of a container."""
    import boto3  # Here, so that the tests run without it.

    return boto3.client("cognito-idp")


def sign_in(user_name, password):
    """Asks Cognito for tokens."""
    return cognito().admin_initiate_auth(
        UserPoolId=os.environ["USER_POOL_ID"],
        ClientId=os.environ["CLIENT_ID"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user_name, "PASSWORD": password},
    )


def tokens(answer):
    """Turns Cognito's answer into the response: the tokens, or the name of a challenge."""
    challenge = answer.get("ChallengeName")
    if challenge:
        logger.info("sign-in stopped at the challenge %s", challenge)
        return respond(403, {"error": f"a challenge must be answered first: {challenge}"})
    result = answer.get("AuthenticationResult")
    if not result:
        logger.error("Cognito answered with neither tokens nor a challenge")
        return failed()
    return respond(
        200,
        {
            "id_token": result.get("IdToken"),
            "access_token": result.get("AccessToken"),
            "refresh_token": result.get("RefreshToken"),
            "expires_in": result.get("ExpiresIn"),
            "token_type": result.get("TokenType"),
        },
    )


def refused(error, credentials):
    """Turns an error of the sign-in into the response."""
    code = error_code(error)
    logger.log(
        logging.INFO if code in UNAUTHORIZED or code in FORBIDDEN else logging.ERROR,
        "sign-in refused: %s %s: %s",
        type(error).__name__,
        code,
        redacted(str(error), credentials),
    )
    if code in UNAUTHORIZED:
        return unauthorized()
    if code in FORBIDDEN:
        return respond(403, {"error": FORBIDDEN[code]})
    if code in THROTTLED:
        return respond(429, {"error": "too many requests, try again later"})
    return failed()


def error_code(error):
    """Returns the code of an AWS error, or None for any other error."""
    response = getattr(error, "response", None)
    # Errors of the connection have one too, of another type.
    return response.get("Error", {}).get("Code") if isinstance(response, dict) else None


def redacted(text, credentials):
    """Returns the text without the credentials, which AWS may quote in a message."""
    # The longest first: one may be a part of the other.
    for secret in sorted(credentials, key=len, reverse=True):
        # A message may also quote it escaped.
        for form in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]):
            text = text.replace(form, "***")
    return text


def unauthorized():
    """The same for each cause, so that it does not tell which users there are."""
    return respond(
        401,
        {"error": "wrong or missing user name or password"},
        {"www-authenticate": 'Basic realm="token", charset="UTF-8"'},
    )


def failed():
    """The cause stands in the log."""
    return respond(500, {"error": "internal error"})


def respond(status, body, headers=None):
    """Returns a response that both payload formats understand."""
    return {
        "statusCode": status,
        "headers": {
            "content-type": "application/json",
            "cache-control": "no-store",
            **(headers or {}),
        },
        "body": json.dumps(body),
    }
