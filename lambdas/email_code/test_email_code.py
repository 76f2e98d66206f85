import logging
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent))

import create
import define
import stored
import verify

ATTRIBUTE = "custom:authChallenge"
NOW = 1_800_000_000
ENVIRONMENT = {
    "CONFIRM_CODE_TIMEOUT": "180",
    "CUSTOM_ATTRIBUTES": ATTRIBUTE,
    "EMAIL_FROM_ADDRESS": "codes@example.com",
    "USER_POOL_ID": "pool",
}


def round_(name, result, metadata=None):
    return {"challengeName": name, "challengeResult": result, "challengeMetadata": metadata}


PASSWORD = [round_("SRP_A", True), round_("PASSWORD_VERIFIER", True)]


class Define(unittest.TestCase):
    def next(self, *rounds, **request):
        event = {"request": {"session": list(rounds), **request}, "response": {}}
        return define.lambda_handler(event, None)["response"]

    def assert_challenge(self, response, name):
        wanted = {"issueTokens": False, "failAuthentication": False, "challengeName": name}
        self.assertEqual(response, wanted)

    def assert_failed(self, response):
        self.assertEqual(response, {"issueTokens": False, "failAuthentication": True})

    def test_password_then_code_then_tokens(self):
        self.assert_challenge(self.next(PASSWORD[0]), "PASSWORD_VERIFIER")
        self.assert_challenge(self.next(*PASSWORD), "CUSTOM_CHALLENGE")
        response = self.next(*PASSWORD, round_("CUSTOM_CHALLENGE", True))
        self.assertEqual(response, {"issueTokens": True, "failAuthentication": False})

    def test_a_sign_in_that_does_not_start_with_the_password_fails(self):
        right = round_("CUSTOM_CHALLENGE", True)
        for rounds in (
            [],
            [right],
            [PASSWORD[0], right],
            [right, right, right],
            [PASSWORD[1], PASSWORD[0]],
            [round_("SRP_A", False)],
            [PASSWORD[0], round_("PASSWORD_VERIFIER", False)],
            [*PASSWORD, round_("SRP_A", True)],
            [*PASSWORD, round_("SMS_MFA", True), right],
        ):
            with self.subTest(rounds=rounds):
                self.assert_failed(self.next(*rounds))

    def test_a_missing_session_is_an_empty_one(self):
        event = {"request": {"session": None}, "response": None}
        self.assert_failed(define.lambda_handler(event, None)["response"])

    def test_a_wrong_code_may_be_tried_three_times(self):
        wrong = round_("CUSTOM_CHALLENGE", False)
        self.assert_challenge(self.next(*PASSWORD, wrong), "CUSTOM_CHALLENGE")
        self.assert_challenge(self.next(*PASSWORD, wrong, wrong), "CUSTOM_CHALLENGE")
        self.assert_failed(self.next(*PASSWORD, wrong, wrong, wrong))
        right = round_("CUSTOM_CHALLENGE", True)
        self.assertTrue(self.next(*PASSWORD, wrong, wrong, right)["issueTokens"])

    def test_who_is_not_there_goes_the_same_way_and_gets_no_tokens(self):
        self.assert_challenge(self.next(*PASSWORD, userNotFound=True), "CUSTOM_CHALLENGE")
        right = round_("CUSTOM_CHALLENGE", True)
        self.assert_failed(self.next(*PASSWORD, right, userNotFound=True))


class CreateAndVerify(unittest.TestCase):
    def setUp(self):
        for patch in (
            mock.patch.dict("os.environ", ENVIRONMENT),
            mock.patch.object(create, "client", self.client),
            mock.patch("time.time", lambda: self.now),
        ):
            patch.start()
            self.addCleanup(patch.stop)
        self.now = NOW + 0.25
        self.attributes = {"email": "ada@example.com"}
        self.mails = []
        self.log = []
        watcher = logging.Handler()
        watcher.emit = lambda record: self.log.append(record.getMessage())
        verify.logger.addHandler(watcher)
        self.addCleanup(verify.logger.removeHandler, watcher)

    def client(self, service):
        # Stands for both services.
        return self

    def admin_update_user_attributes(self, UserPoolId, Username, UserAttributes):
        self.assertEqual((UserPoolId, Username), ("pool", "ada"))
        self.attributes |= {each["Name"]: each["Value"] for each in UserAttributes}

    def send_email(self, Source, Destination, Message):
        self.assertEqual(Source, "codes@example.com")
        self.assertEqual(Destination, {"ToAddresses": ["ada@example.com"]})
        # The code counts before it is on its way.
        self.assertIn(ATTRIBUTE, self.attributes)
        self.mails.append(Message["Body"]["Text"]["Data"])

    def create(self, session=(), **request):
        request = {"userAttributes": self.attributes, "session": list(session), **request}
        event = {"userName": "ada", "request": request, "response": {}}
        response = create.lambda_handler(event, None)["response"]
        for value in response["publicChallengeParameters"].values():
            self.assertIsInstance(value, str)
            self.assertNotIn(response["privateChallengeParameters"]["key"], value)
        return response

    def code(self):
        return self.mails[-1].split("code is ")[1][:6]

    def verify(self, response, answer, **request):
        request = {
            "userAttributes": self.attributes,
            "privateChallengeParameters": response["privateChallengeParameters"],
            "challengeAnswer": answer,
            **request,
        }
        event = {"userName": "ada", "request": request, "response": {"answerCorrect": None}}
        correct = verify.lambda_handler(event, None)["response"]["answerCorrect"]
        if self.mails:
            self.assertNotIn(self.code(), "\n".join(self.log))
        return correct

    def test_the_code_is_six_digits_and_is_in_the_mail_alone(self):
        response = self.create()
        self.assertRegex(self.code(), r"^[0-9]{6}$")
        for elsewhere in (response["publicChallengeParameters"], self.attributes):
            self.assertNotIn(self.code(), str(elsewhere))
        public = {"delivery": "EMAIL", "destination": "a***@e***"}
        self.assertEqual(response["publicChallengeParameters"], public)

    def test_the_right_code_is_right_and_any_other_is_not(self):
        response = self.create()
        code = self.code()
        self.assertTrue(self.verify(response, code))
        self.assertTrue(self.verify(response, f" {code}\n"))
        other = f"{(int(code) + 1) % 10**6:06}"
        for answer in (other, "", code[:5], code + "0", None, 123456, [code], "١٢٣٤٥٦"):
            with self.subTest(answer=answer):
                self.assertFalse(self.verify(response, answer))

    def test_a_code_is_good_until_its_time_is_over(self):
        response = self.create()
        self.now = NOW + 179.9
        self.assertTrue(self.verify(response, self.code()))
        self.now = NOW + 180
        self.assertFalse(self.verify(response, self.code()))

    def test_only_the_code_that_was_sent_last_counts(self):
        first = self.create()
        first_code = self.code()
        second = self.create()
        self.assertFalse(self.verify(first, first_code))
        self.assertFalse(self.verify(first, self.code()), "a code is for its own sign-in")
        self.assertTrue(self.verify(second, self.code()))

    def test_a_further_attempt_is_at_the_same_code(self):
        first = self.create()
        rounds = [*PASSWORD, round_("CUSTOM_CHALLENGE", False, first["challengeMetadata"])]
        second = self.create(session=rounds)
        self.assertEqual(len(self.mails), 1)
        self.assertTrue(self.verify(second, self.code()))

    def test_who_writes_the_attribute_cannot_make_a_code_right(self):
        response = self.create()
        self.attributes[ATTRIBUTE] = stored.value("a key of mine", "ada", "123456", NOW)
        self.assertFalse(self.verify(response, "123456"))
        for value in ("", "1800000000", "x.y", "²." + "0" * 64, None):
            self.attributes[ATTRIBUTE] = value
            with self.subTest(value=value):
                self.assertFalse(self.verify(response, self.code()))

    def test_who_is_not_there_is_sent_nothing_and_is_never_right(self):
        response = self.create(userNotFound=True)
        self.assertEqual((self.mails, ATTRIBUTE in self.attributes), ([], False))
        self.assertFalse(self.verify(response, "000000", userNotFound=True))
        self.attributes = {}
        self.assertEqual(
            self.create()["publicChallengeParameters"],
            {"delivery": "EMAIL", "destination": "***@***"},
        )

    def test_without_a_key_nothing_is_right(self):
        response = self.create()
        for private in ({}, None, {"key": ""}):
            with self.subTest(private=private):
                answer = self.verify(response, self.code(), privateChallengeParameters=private)
                self.assertFalse(answer)


if __name__ == "__main__":
    unittest.main()
