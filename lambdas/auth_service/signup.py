"""POST /signup: {"username", "email", "phone_number", "password"} makes an account that waits for
its e-mail address to be verified.

Answers {"username", "confirmed", "delivery"}.
"""

import os

import service

CHECK = service.schema(
    ["username", "email", "phone_number", "password"],
    # Cognito takes no address as the name where addresses serve as names already.
    username=service.text(128, r"^[^\s@]+$"),
    email=service.text(2048, r"^[^\s@]+@[^\s@]+\.[^\s@]+$"),
    phone_number=service.text(16, r"^\+[0-9]{3,15}$"),
    password=service.text(256),
)

EXISTS = service.BAD_REQUESTS["AliasExistsException"]


def lambda_handler(event, context):
    """Answers one request of the HTTP API."""
    return service.answer(event, CHECK, sign_up)


def sign_up(request):
    """Makes the account."""
    email = request["email"].lower()
    if is_taken(email):
        raise service.Refused(EXISTS)
    made = service.cognito().sign_up(
        ClientId=os.environ["CLIENT_ID"],
        Username=request["username"],
        Password=request["password"],
        UserAttributes=[
            {"Name": "email", "Value": email},
            {"Name": "phone_number", "Value": request["phone_number"]},
        ],
    )
    delivery = made.get("CodeDeliveryDetails") or {}
    return {
        "username": request["username"],
        "confirmed": made["UserConfirmed"],
        "delivery": delivery.get("DeliveryMedium"),
    }


def is_taken(email):
    """Whether somebody has verified this address.

    Cognito itself would say so when the newcomer verifies it, and not before.
    """
    try:
        service.cognito().admin_get_user(UserPoolId=os.environ["USER_POOL_ID"], Username=email)
    except Exception as error:
        if service.error_code(error) == "UserNotFoundException":
            return False
        raise
    return True
