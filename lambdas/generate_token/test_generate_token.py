import base64
import json
import logging
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent))

import generate_token

PASSWORD = "s3cr:et:pass"
TOKENS = {
    "IdToken": "id.t.k",
    "AccessToken": "access.t.k",
    "RefreshToken": "refresh.t.k",
    "ExpiresIn": 3600,
    "TokenType": "Bearer",
}


class AwsError(Exception):
    """Shaped like botocore's ClientError."""

    def __init__(self, code, message="message"):
        super().__init__(f"An error occurred ({code}): {message}")
        self.response = {"Error": {"Code": code, "Message": message}}


class FakeCognito:
    def __init__(self, answer):
        self.answer = answer
        self.calls = []

    def admin_initiate_auth(self, **arguments):
        self.calls.append(arguments)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


def request(header, name="authorization"):
    return {"version": "2.0", "headers": {"accept": "*/*", name: header}}


class GenerateToken(unittest.TestCase):
    def setUp(self):
        environment = {"USER_POOL_ID": "pool", "CLIENT_ID": "client"}
        patch = mock.patch.dict("os.environ", environment)
        patch.start()
        self.addCleanup(patch.stop)
        self.log = []
        watcher = logging.Handler()
        watcher.emit = lambda record: self.log.append(record.getMessage())
        generate_token.logger.addHandler(watcher)
        self.addCleanup(generate_token.logger.removeHandler, watcher)

    def call(self, answer, event=None):
        self.cognito = FakeCognito(answer)
        event = request(basic(f"user:{PASSWORD}")) if event is None else event
        with mock.patch.object(generate_token, "cognito", lambda: self.cognito):
            response = generate_token.lambda_handler(event, None)
        self.assertEqual(response["headers"]["cache-control"], "no-store")
        self.assertEqual(response["headers"]["content-type"], "application/json")
        for secret in (PASSWORD, *(v for v in TOKENS.values() if str(v).endswith(".k"))):
            self.assertNotIn(secret, "\n".join(self.log))
        return response["statusCode"], json.loads(response["body"]), response["headers"]

    def assert_unauthorized(self, outcome):
        status, body, headers = outcome
        self.assertEqual(status, 401)
        self.assertEqual(body, {"error": "wrong or missing user name or password"})
        self.assertTrue(headers["www-authenticate"].startswith("Basic"))

    def test_right_credentials_give_the_tokens(self):
        status, body, _ = self.call({"AuthenticationResult": TOKENS, "ChallengeParameters": {}})
        self.assertEqual(status, 200)
        wanted = {
            "id_token": "id.t.k",
            "access_token": "access.t.k",
            "refresh_token": "refresh.t.k",
            "expires_in": 3600,
            "token_type": "Bearer",
        }
        self.assertEqual(body, wanted)
        wanted = {
            "UserPoolId": "pool",
            "ClientId": "client",
            "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": "user", "PASSWORD": PASSWORD},
        }
        self.assertEqual(self.cognito.calls, [wanted])

    def test_payload_1_0_and_any_case_of_header_and_scheme_are_understood(self):
        header = basic("user:p").replace("Basic", "bAsIc")
        event = {**request(header, "AuthoriZation"), "version": "1.0"}
        self.assertEqual(self.call({"AuthenticationResult": TOKENS}, event)[0], 200)

    def test_user_names_and_passwords_are_utf8(self):
        event = request(basic("jürgen:pässwörd"))
        self.assertEqual(self.call({"AuthenticationResult": TOKENS}, event)[0], 200)
        parameters = self.cognito.calls[0]["AuthParameters"]
        self.assertEqual(parameters, {"USERNAME": "jürgen", "PASSWORD": "pässwörd"})

    def test_malformed_credentials_never_reach_cognito(self):
        latin1 = "Basic " + base64.b64encode("jürgen:x".encode("latin-1")).decode()
        events = [{}, {"headers": None}, {"headers": {}}, request(None)]
        headers = [
            "", "Basic", "Basic ", "Basic !!!", "Basic dXNlcg", "Bearer abc", latin1,
            basic("user"), basic("user:"), basic(":p"), basic("a user:p"), basic("a\nb:p"),
            basic("u" * 129 + ":p"), basic("user:" + "p" * 257),
            basic("user:p") + ", " + basic("user:p"),
        ]
        for event in events + [request(header) for header in headers]:
            with self.subTest(event=event):
                self.assert_unauthorized(self.call({"AuthenticationResult": TOKENS}, event))
                self.assertEqual(self.cognito.calls, [])

    def test_a_wrong_password_and_an_unknown_user_look_the_same(self):
        wrong = self.call(AwsError("NotAuthorizedException", "Incorrect username or password."))
        unknown = self.call(AwsError("UserNotFoundException", "User does not exist."))
        self.assert_unauthorized(wrong)
        self.assertEqual(wrong, unknown)

    def test_a_challenge_is_named(self):
        challenge = {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "session.t.k"}
        status, body, _ = self.call(challenge)
        self.assertEqual(status, 403)
        self.assertIn("NEW_PASSWORD_REQUIRED", body["error"])
        self.assertNotIn("session.t.k", json.dumps(body) + str(self.log))

    def test_users_who_must_act_first_are_forbidden(self):
        for code in ("PasswordResetRequiredException", "UserNotConfirmedException"):
            self.assertEqual(self.call(AwsError(code))[0], 403)

    def test_throttling_is_429(self):
        for code in ("TooManyRequestsException", "ThrottlingException"):
            self.assertEqual(self.call(AwsError(code))[0], 429)

    def test_anything_else_is_500_with_the_detail_in_the_log_alone(self):
        quoting = AwsError("InvalidParameterException", f"flow not enabled, value '{PASSWORD}'")
        connection = ConnectionError("flow not enabled")
        connection.response = object()
        for error in (quoting, connection, KeyError("flow not enabled")):
            with self.subTest(error=error):
                self.log.clear()
                status, body, _ = self.call(error)
                self.assertEqual((status, body), (500, {"error": "internal error"}))
                self.assertIn("flow not enabled", self.log[0])

    def test_an_answer_with_neither_tokens_nor_challenge_is_500(self):
        self.assertEqual(self.call({"ChallengeParameters": {}})[0], 500)

    def test_a_missing_setting_is_500_and_named_in_the_log(self):
        with mock.patch.dict("os.environ", clear=True):
            self.assertEqual(self.call({"AuthenticationResult": TOKENS})[0], 500)
        self.assertIn("USER_POOL_ID", self.log[0])

    def test_escaped_quotes_of_a_password_are_redacted(self):
        password = 'a"b\\cé'
        message = f"{password} {password!r} {json.dumps(password)}"
        text = generate_token.redacted(message, ("user", password))
        self.assertNotIn("b\\", text)

    def test_the_client_is_made_once(self):
        boto3 = mock.Mock()
        self.addCleanup(generate_token.cognito.cache_clear)
        with mock.patch.dict(sys.modules, boto3=boto3):
            self.assertIs(generate_token.cognito(), generate_token.cognito())
        boto3.client.assert_called_once_with("cognito-idp")


if __name__ == "__main__":
    unittest.main()
