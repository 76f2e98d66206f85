"""POST /verify: {"username", "code"} confirms an account with the code that was e-mailed.

Answers {"confirmed": true}.
"""

import os

import service

CHECK = service.schema(
    ["username", "code"],
    username=service.text(128),
    code=service.text(64, r"^\S+$"),
)

# The same for every cause: it does not tell which users there are.
WRONG = service.BAD_REQUESTS["CodeMismatchException"]
WORDS = {"NotAuthorizedException": WRONG, "UserNotFoundException": WRONG}


def lambda_handler(event, context):
    """Answers one request of the HTTP API."""
    return service.answer(event, CHECK, verify, WORDS)


def verify(request):
    """Confirms the account."""
    service.cognito().confirm_sign_up(
        ClientId=os.environ["CLIENT_ID"],
        Username=request["username"],
        ConfirmationCode=request["code"],
    )
    return {"confirmed": True}
