"""What the user's custom attribute says of a code: `<when it was sent>.<keyed hash>`."""

import hashlib
import hmac


def value(key, user_name, code, sent_at):
    """Returns the attribute's value for a code."""
    message = "\n".join((str(sent_at), user_name, code))
    digest = hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()
    return f"{sent_at}.{digest}"


def sent_at(text):
    """Returns when the code of an attribute was sent, in seconds, or None where it does not say."""
    seconds, _, _ = (text or "").partition(".")
    return int(seconds) if seconds.isdecimal() else None
