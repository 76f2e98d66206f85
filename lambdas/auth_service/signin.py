"""POST /signin: {"username", "password"} gives tokens; `username` may be the e-mail address.

Whoever has a second factor gets {"challenge", "session", "username"} instead, and signs in with a
second call: {"username", "session", "code"}.
"""

import os

import service

CHECK = service.schema(
    ["username"],
    either=[["password"], ["session", "code"]],
    username=service.text(2048),
    password=service.text(256),
    session=service.text(2048),
    code=service.text(6, r"^[0-9]{6}$"),
)

# Challenges that a code answers, and how Cognito calls it.
CODES = {"SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE"}


def lambda_handler(event, context):
    """Answers one request of the HTTP API."""
    return service.answer(event, CHECK, sign_in)


def sign_in(request):
    """Takes the first step, or the second."""
    user_name = request["username"]
    if "session" in request:
        answer = service.cognito().respond_to_auth_challenge(
            ClientId=os.environ["CLIENT_ID"],
            ChallengeName="SOFTWARE_TOKEN_MFA",
            Session=request["session"],
            ChallengeResponses={
                "USERNAME": user_name,
                CODES["SOFTWARE_TOKEN_MFA"]: request["code"],
            },
        )
    else:
        answer = service.cognito().initiate_auth(
            ClientId=os.environ["CLIENT_ID"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user_name, "PASSWORD": request["password"]},
        )
    return tokens(answer, user_name)


def tokens(answer, user_name):
    """Turns Cognito's answer into the response: the tokens, or what is asked next."""
    challenge = answer.get("ChallengeName")
    if challenge:
        if challenge not in CODES:
            raise service.Refused(f"a challenge must be answered first: {challenge}")
        asked = answer.get("ChallengeParameters") or {}
        return {
            "challenge": challenge,
            "session": answer["Session"],
            # The name that the second call must carry, where the first one carried an alias.
            "username": asked.get("USER_ID_FOR_SRP", user_name),
        }
    result = answer["AuthenticationResult"]
    return {
        "id_token": result["IdToken"],
        "access_token": result["AccessToken"],
        "refresh_token": result.get("RefreshToken"),
        "expires_in": result["ExpiresIn"],
        "token_type": result["TokenType"],
    }
