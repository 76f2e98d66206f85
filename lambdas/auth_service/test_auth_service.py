import base64
import json
import logging
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent))

import service
import signin
import signup
import verify

PASSWORD = "Correct-Horse-7"
TOKENS = {
    "IdToken": "id.t.k",
    "AccessToken": "access.t.k",
    "RefreshToken": "refresh.t.k",
    "ExpiresIn": 3600,
    "TokenType": "Bearer",
}
NEWCOMER = {
    "username": "ada",
    "email": "Ada@example.com",
    "phone_number": "+15555550100",
    "password": PASSWORD,
}
SIGN_IN = {"username": "ada", "password": PASSWORD}
VERIFY = {"username": "ada", "code": "123456"}


class AwsError(Exception):
    """Shaped like botocore's ClientError."""

    def __init__(self, code, message="message"):
        super().__init__(f"An error occurred ({code}): {message}")
        self.response = {"Error": {"Code": code, "Message": message}}


class FakeCognito:
    """Answers each operation as it is told, and notes the calls."""

    def __init__(self, answers):
        self.answers = answers
        self.calls = []

    def __getattr__(self, operation):
        def call(**arguments):
            self.calls.append((operation, arguments))
            answer = self.answers[operation]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


class AuthService(unittest.TestCase):
    def setUp(self):
        environment = {"USER_POOL_ID": "pool", "CLIENT_ID": "client"}
        patch = mock.patch.dict("os.environ", environment)
        patch.start()
        self.addCleanup(patch.stop)
        self.log = []
        watcher = logging.Handler()
        watcher.emit = lambda record: self.log.append(record.getMessage())
        service.logger.addHandler(watcher)
        self.addCleanup(service.logger.removeHandler, watcher)

    def call(self, function, body, **answers):
        """Calls a function; a body that is no text is sent as JSON."""
        self.cognito = FakeCognito(answers)
        event = {"version": "2.0", "body": body if isinstance(body, str) else json.dumps(body)}
        return self.call_with(function, event)

    def call_with(self, function, event):
        with mock.patch.object(service, "cognito", lambda: self.cognito):
            response = function.lambda_handler(event, None)
        self.assertEqual(response["headers"]["cache-control"], "no-store")
        self.assertEqual(response["headers"]["content-type"], "application/json")
        for secret in (PASSWORD, "123456", "t.k"):
            self.assertNotIn(secret, "\n".join(self.log))
        if response["statusCode"] != 200:
            self.assertNotIn(PASSWORD, response["body"])
        return response["statusCode"], json.loads(response["body"])

    def assert_refused(self, outcome, error, status=400):
        self.assertEqual(outcome, (status, {"error": error}))

    # Sign-up

    def sign_up(self, sign_up=None, body=NEWCOMER, admin_get_user=AwsError("UserNotFoundException")):
        made = {"UserConfirmed": False, "CodeDeliveryDetails": {"DeliveryMedium": "EMAIL"}}
        answers = {"sign_up": sign_up or made, "admin_get_user": admin_get_user}
        return self.call(signup, body, **answers)

    def test_a_newcomer_gets_an_account_that_waits_for_a_code(self):
        status, body = self.sign_up()
        wanted = {"username": "ada", "confirmed": False, "delivery": "EMAIL"}
        self.assertEqual((status, body), (200, wanted))
        asked = {"UserPoolId": "pool", "Username": "ada@example.com"}
        made = {
            "ClientId": "client",
            "Username": "ada",
            "Password": PASSWORD,
            "UserAttributes": [
                {"Name": "email", "Value": "ada@example.com"},
                {"Name": "phone_number", "Value": "+15555550100"},
            ],
        }
        self.assertEqual(self.cognito.calls, [("admin_get_user", asked), ("sign_up", made)])

    def test_an_existing_address_or_name_and_a_weak_password_are_refused(self):
        exists = "an account with this e-mail address exists already"
        self.assert_refused(self.sign_up(admin_get_user={"Username": "other"}), exists)
        self.assertEqual(len(self.cognito.calls), 1)
        taken = self.sign_up(AwsError("UsernameExistsException"))
        self.assert_refused(taken, "the user name is taken")
        words = "Password did not conform with policy: Password not long enough"
        weak = self.sign_up(AwsError("InvalidPasswordException", words))
        self.assert_refused(weak, words)

    def test_what_cannot_be_a_newcomer_never_reaches_cognito(self):
        for changes in (
            {"username": None},
            {"username": ""},
            {"username": "ada@example.com"},
            {"username": "a da"},
            {"username": "a" * 129},
            {"email": "ada"},
            {"email": "a@b@c.d"},
            {"email": ["ada@example.com"]},
            {"phone_number": "555"},
            {"phone_number": "+1 555"},
            {"password": ""},
            {"password": 7},
            {"password": "p" * 257},
            {"admin": True},
        ):
            with self.subTest(changes=changes):
                status, body = self.sign_up(body={**NEWCOMER, **changes})
                self.assertEqual((status, list(body)), (400, ["error"]))
                self.assertEqual(self.cognito.calls, [])
        for name in NEWCOMER:
            body = {key: value for key, value in NEWCOMER.items() if key != name}
            status, body = self.sign_up(body=body)
            self.assertEqual((status, self.cognito.calls), (400, []))
            self.assertIn(name, body["error"])

    # Verification

    def test_the_right_code_confirms_the_account(self):
        outcome = self.call(verify, VERIFY, confirm_sign_up={})
        self.assertEqual(outcome, (200, {"confirmed": True}))
        asked = {"ClientId": "client", "Username": "ada", "ConfirmationCode": "123456"}
        self.assertEqual(self.cognito.calls, [("confirm_sign_up", asked)])

    def test_a_wrong_code_and_an_unknown_user_are_refused_alike(self):
        for code in (
            "CodeMismatchException",
            "ExpiredCodeException",
            "NotAuthorizedException",
            "UserNotFoundException",
        ):
            outcome = self.call(verify, VERIFY, confirm_sign_up=AwsError(code))
            self.assert_refused(outcome, "the code is wrong or expired")

    def test_an_address_that_somebody_verified_meanwhile_is_refused(self):
        outcome = self.call(verify, VERIFY, confirm_sign_up=AwsError("AliasExistsException"))
        self.assert_refused(outcome, "an account with this e-mail address exists already")

    # Sign-in

    def test_name_and_password_give_the_tokens(self):
        status, body = self.call(signin, SIGN_IN, initiate_auth={"AuthenticationResult": TOKENS})
        wanted = {
            "id_token": "id.t.k",
            "access_token": "access.t.k",
            "refresh_token": "refresh.t.k",
            "expires_in": 3600,
            "token_type": "Bearer",
        }
        self.assertEqual((status, body), (200, wanted))
        asked = {
            "ClientId": "client",
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": "ada", "PASSWORD": PASSWORD},
        }
        self.assertEqual(self.cognito.calls, [("initiate_auth", asked)])

    def test_a_wrong_password_and_an_unknown_user_are_refused_alike(self):
        for code in ("NotAuthorizedException", "UserNotFoundException"):
            outcome = self.call(signin, SIGN_IN, initiate_auth=AwsError(code))
            self.assert_refused(outcome, "wrong user name or password")

    def test_who_has_not_verified_the_address_is_told_to(self):
        outcome = self.call(signin, SIGN_IN, initiate_auth=AwsError("UserNotConfirmedException"))
        self.assert_refused(outcome, "the e-mail address must be verified first")

    def test_a_second_factor_is_asked_for_and_taken(self):
        challenge = {
            "ChallengeName": "SOFTWARE_TOKEN_MFA",
            "Session": "session",
            "ChallengeParameters": {"USER_ID_FOR_SRP": "ada"},
        }
        body = {"username": "ada@example.com", "password": PASSWORD}
        outcome = self.call(signin, body, initiate_auth=challenge)
        asked = {"challenge": "SOFTWARE_TOKEN_MFA", "session": "session", "username": "ada"}
        self.assertEqual(outcome, (200, asked))
        body = {"username": "ada", "session": "session", "code": "123456"}
        tokens = {"AuthenticationResult": TOKENS}
        status, _ = self.call(signin, body, respond_to_auth_challenge=tokens)
        self.assertEqual(status, 200)
        sent = {
            "ClientId": "client",
            "ChallengeName": "SOFTWARE_TOKEN_MFA",
            "Session": "session",
            "ChallengeResponses": {"USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": "123456"},
        }
        self.assertEqual(self.cognito.calls, [("respond_to_auth_challenge", sent)])
        wrong = AwsError("CodeMismatchException")
        outcome = self.call(signin, body, respond_to_auth_challenge=wrong)
        self.assert_refused(outcome, "the code is wrong or expired")

    def test_a_challenge_that_no_code_answers_is_named(self):
        challenge = {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "session"}
        outcome = self.call(signin, SIGN_IN, initiate_auth=challenge)
        self.assert_refused(outcome, "a challenge must be answered first: NEW_PASSWORD_REQUIRED")

    def test_half_a_sign_in_never_reaches_cognito(self):
        for body in (
            {"username": "ada"},
            {"password": PASSWORD},
            {"username": "ada", "session": "s"},
            {"username": "ada", "code": "123456"},
            {"username": "ada", "session": "s", "code": "12345a"},
        ):
            with self.subTest(body=body):
                self.assertEqual(self.call(signin, body)[0], 400)
                self.assertEqual(self.cognito.calls, [])

    # All three

    def test_a_body_that_is_no_json_object_is_refused(self):
        for function in (signup, signin, verify):
            for body in ("", "{", "[1]", "null", '"text"', "{}", "[" * 100_000):
                with self.subTest(body=body[:10]):
                    self.assertEqual(self.call(function, body)[0], 400)
            self.cognito = FakeCognito({})
            for event in ({}, {"body": None}, {"body": "é", "isBase64Encoded": True}):
                with self.subTest(event=event):
                    self.assertEqual(self.call_with(function, event)[0], 400)

    def test_a_body_in_base64_is_understood(self):
        self.cognito = FakeCognito({"initiate_auth": {"AuthenticationResult": TOKENS}})
        body = base64.b64encode(json.dumps(SIGN_IN).encode()).decode()
        event = {"body": body, "isBase64Encoded": True}
        self.assertEqual(self.call_with(signin, event)[0], 200)

    def test_too_many_requests_are_told_to_wait(self):
        for code in service.THROTTLED:
            outcome = self.call(signin, SIGN_IN, initiate_auth=AwsError(code))
            self.assert_refused(outcome, "too many requests, try again later", 429)

    def test_whatever_else_fails_is_an_internal_error_without_detail(self):
        for error in (
            AwsError("ResourceNotFoundException", PASSWORD),
            AwsError("AccessDeniedException"),
            ValueError(PASSWORD),
            KeyError("AuthenticationResult"),
        ):
            with self.subTest(error=error):
                outcome = self.call(signin, SIGN_IN, initiate_auth=error)
                self.assert_refused(outcome, "internal error", 500)
                self.assertIn(type(error).__name__, self.log[-1])


if __name__ == "__main__":
    unittest.main()
