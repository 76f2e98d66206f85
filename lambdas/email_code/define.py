"""Define-auth-challenge trigger: first the password (SRP), then the e-mailed code, then tokens.

Nothing is skipped: a sign-in that did not start with the password fails.
"""

# How often somebody may try a code in one sign-in.
MOST_ATTEMPTS = 3


def lambda_handler(event, context):
    """Answers Cognito's question what comes next."""
    request = event["request"]
    rounds = request.get("session") or []
    event["response"] = {**(event.get("response") or {}), **next_step(rounds, request)}
    return event


def next_step(rounds, request):
    """Returns what the sign-in needs after these rounds."""
    password, attempts = rounds[:2], rounds[2:]
    passed = [is_passed(*pair) for pair in zip(password, ("SRP_A", "PASSWORD_VERIFIER"))]
    if not passed or not all(passed):
        return failed()
    if len(passed) == 1:
        return challenge("PASSWORD_VERIFIER")
    if any(attempt["challengeName"] != "CUSTOM_CHALLENGE" for attempt in attempts):
        return failed()
    if attempts and is_passed(attempts[-1], "CUSTOM_CHALLENGE"):
        return failed() if request.get("userNotFound") else tokens()
    return challenge("CUSTOM_CHALLENGE") if len(attempts) < MOST_ATTEMPTS else failed()


def is_passed(round_, name):
    """Whether a round was of this challenge and was answered rightly."""
    return round_["challengeName"] == name and round_["challengeResult"] is True


def challenge(name):
    """The sign-in goes on with this challenge."""
    return {"issueTokens": False, "failAuthentication": False, "challengeName": name}


def tokens():
    """The sign-in is complete."""
    return {"issueTokens": True, "failAuthentication": False}


def failed():
    """The sign-in is over."""
    return {"issueTokens": False, "failAuthentication": True}
