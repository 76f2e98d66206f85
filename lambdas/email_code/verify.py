"""Verify-auth-challenge-response trigger: compares what was typed with the code that was sent last.

Environment: CUSTOM_ATTRIBUTES, the name of the attribute that the code is noted in (custom:...);
CONFIRM_CODE_TIMEOUT, how many seconds a code is good for.
"""

import hmac
import logging
import os
import time

import stored

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)


def lambda_handler(event, context):
    """Says whether the answer is right."""
    reason = reason_against(event)
    if reason:
        logger.info("the code is not accepted: %s", reason)
    event["response"] = {**(event.get("response") or {}), "answerCorrect": reason is None}
    return event


def reason_against(event):
    """Returns what is wrong with the answer, or None."""
    request = event["request"]
    timeout = int(os.environ["CONFIRM_CODE_TIMEOUT"])
    attribute = (request.get("userAttributes") or {}).get(os.environ["CUSTOM_ATTRIBUTES"])
    key = (request.get("privateChallengeParameters") or {}).get("key")
    answer = request.get("challengeAnswer")
    sent_at = stored.sent_at(attribute)
    if request.get("userNotFound") or sent_at is None or not key:
        return "none was sent"
    if not isinstance(answer, str):
        return "it is no text"
    expected = stored.value(key, event["userName"], answer.strip(), sent_at)
    if not hmac.compare_digest(expected.encode(), attribute.encode()):
        return "it is not the one that was sent last"
    # Only now, so that a wrong code does not tell whether there is one.
    if time.time() - sent_at >= timeout:
        return "its time is over"
    return None
