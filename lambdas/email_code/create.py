"""Create-auth-challenge trigger: makes a code, notes which code counts, and e-mails it.

The user's custom attribute gets the time and a keyed hash of the code. The key is known to the
triggers of this sign-in alone, so that neither reading nor writing the attribute helps anybody; and
as a later sign-in writes it anew, only the code that was sent last counts.

Environment: CUSTOM_ATTRIBUTES, the attribute's name (custom:...); EMAIL_FROM_ADDRESS, verified in
SES; USER_POOL_ID. The function's role needs cognito-idp:AdminUpdateUserAttributes on the pool and
ses:SendEmail.
"""

import functools
import os
import secrets
import time

import stored

METADATA = "EMAIL_CODE-"


def lambda_handler(event, context):
    """Makes the challenge; a further attempt at the same code sends nothing anew."""
    request = event["request"]
    email = (request.get("userAttributes") or {}).get("email")
    key = earlier_key(request.get("session") or [])
    if key is None:
        key = secrets.token_hex(32)
        # Who is not there gets nothing, and is not told so.
        if email and not request.get("userNotFound"):
            send_code(event["userName"], email, key)
    event["response"] = {
        **(event.get("response") or {}),
        "publicChallengeParameters": {"delivery": "EMAIL", "destination": masked(email)},
        "privateChallengeParameters": {"key": key},
        # Seen by triggers alone.
        "challengeMetadata": METADATA + key,
    }
    return event


def earlier_key(rounds):
    """Returns the key of this sign-in's code, or None before there is one."""
    for round_ in rounds:
        metadata = round_.get("challengeMetadata") or ""
        if metadata.startswith(METADATA):
            return metadata.removeprefix(METADATA)
    return None


def send_code(user_name, email, key):
    """Makes a code, notes it, and sends it."""
    code = f"{secrets.randbelow(10**6):06}"
    value = stored.value(key, user_name, code, int(time.time()))
    client("cognito-idp").admin_update_user_attributes(
        UserPoolId=os.environ["USER_POOL_ID"],
        Username=user_name,
        UserAttributes=[{"Name": os.environ["CUSTOM_ATTRIBUTES"], "Value": value}],
    )
    text = (
        f"Your sign-in code is {code}\n\n"
        "If you did not just sign in, somebody knows your password: change it.\n"
    )
    client("ses").send_email(
        Source=os.environ["EMAIL_FROM_ADDRESS"],
        Destination={"ToAddresses": [email]},
        Message={
            "Subject": {"Data": "Your sign-in code", "Charset": "UTF-8"},
            "Body": {"Text": {"Data": text, "Charset": "UTF-8"}},
        },
    )


def masked(email):
    """Returns as much of an address as its owner needs to know it again."""
    name, _, domain = (email or "").partition("@")
    return f"{name[:1]}***@{domain[:1]}***"


@functools.lru_cache(maxsize=2)
def client(service):
    """Returns an AWS client, made once in the life of a container."""
    import boto3  # Here, so that the tests run without it.
    from botocore.config import Config

    # Cognito waits 5 seconds for a trigger.
    config = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
    return boto3.client(service, config=config)
