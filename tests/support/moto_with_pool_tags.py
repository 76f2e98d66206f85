"""moto, with what it lacks of user pools and authorizers.

moto keeps a pool's tags, and changes them through CreateUserPool and UpdateUserPool only. It keeps an
API's authorizers, and shows them one by one only. The program tags pools and lists authorizers as AWS
wants it, and deletes resource servers; this teaches moto to answer. And UpdateUserPool makes moto forget what only CreateUserPool can
set; on AWS it stays for the pool's life. And moto takes the same statement of a function's policy
or the same route twice, which AWS refuses, and never finds a revision of a policy to match.

On SIGUSR1 it makes a copy of itself with all that it holds, which serves on the port that the file
MOTO_COPY_TO names. A copy can be copied, and ends with what it was copied from.
"""

import contextlib
import ctypes
import json
import os
import signal
import stat
import sys

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.policy import Policy
from moto.apigatewayv2.exceptions import APIGatewayV2Error
from moto.apigatewayv2.models import Api
from moto.apigatewayv2.responses import ApiGatewayV2Response
from moto.cognitoidp.models import CognitoIdpBackend, cognitoidp_backends
from moto.cognitoidp.responses import CognitoIdpResponse


def _tags(response):
    _, _, _, region, account, resource = response._get_param("ResourceArn").split(":", 5)
    pool = cognitoidp_backends[account][region].describe_user_pool(resource.split("/", 1)[1])
    return pool.extended_config.setdefault("UserPoolTags", {})


def tag_resource(self):
    _tags(self).update(self._get_param("Tags"))
    return "{}"


def untag_resource(self):
    tags = _tags(self)
    for key in self._get_param("TagKeys"):
        tags.pop(key, None)
    return "{}"


def list_tags_for_resource(self):
    return json.dumps({"Tags": _tags(self)})


def delete_resource_server(self):
    backend, pool_id = self.backend, self._get_param("UserPoolId")
    server = backend.describe_resource_server(pool_id, self._get_param("Identifier"))
    del backend.describe_user_pool(pool_id).resource_servers[server.identifier]
    return "{}"


for operation in (tag_resource, untag_resource, list_tags_for_resource, delete_resource_server):
    assert not hasattr(CognitoIdpResponse, operation.__name__), "moto has it now: remove this"
    setattr(CognitoIdpResponse, operation.__name__, operation)

del_statement = Policy.del_statement


def del_statement_at(self, sid, revision=""):
    # moto hands on the list that a query's members are parsed to, which is the same as no revision.
    del_statement(self, sid, revision[0] if isinstance(revision, list) else revision)


Policy.del_statement = del_statement_at

FOR_LIFE = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")
update_user_pool = CognitoIdpBackend.update_user_pool


def update_and_keep(self, user_pool_id, extended_config):
    before = self.describe_user_pool(user_pool_id).extended_config
    kept = {name: before[name] for name in FOR_LIFE if name in before}
    update_user_pool(self, user_pool_id, {**extended_config, **kept})


CognitoIdpBackend.update_user_pool = update_and_keep

def get_authorizers(self):
    api = self.apigatewayv2_backend.get_api(self.path.split("/")[-2])
    return 200, {}, json.dumps({"items": [one.to_json() for one in api.authorizers.values()]})


assert not hasattr(ApiGatewayV2Response, "get_authorizers"), "moto has it now: remove this"
ApiGatewayV2Response.get_authorizers = get_authorizers


class StatementExists(LambdaClientError):
    code = 409

    def __init__(self, sid):
        told = f"The statement id ({sid}) provided already exists."
        super().__init__("ResourceConflictException", told)


add_statement = Policy.add_statement


def add_statement_once(self, raw, qualifier=None):
    sid = json.loads(raw)["StatementId"]
    if any(statement.get("Sid") == sid for statement in self.statements):
        raise StatementExists(sid)
    return add_statement(self, raw, qualifier)


Policy.add_statement = add_statement_once


class RouteExists(APIGatewayV2Error):
    code = 409

    def __init__(self, key):
        super().__init__("ConflictException", f"Route with key {key} already exists for this API")


create_route = Api.create_route


def create_route_once(self, *args, **kwargs):
    if any(route.route_key == kwargs["route_key"] for route in self.routes.values()):
        raise RouteExists(kwargs["route_key"])
    return create_route(self, *args, **kwargs)


Api.create_route = create_route_once


class Copied(BaseException):
    """Raised in the copy, out of the loop that serves, past all that handles failed requests."""


def copy(*_):
    with open(os.environ["MOTO_COPY_TO"], encoding="ascii") as file:
        port = file.read()
    if os.fork() == 0:
        # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        # Connections end where only the original closes them.
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in map(int, os.listdir("/proc/self/fd")):
            # The list names itself too, which is closed by now.
            with contextlib.suppress(OSError):
                if stat.S_ISSOCK(os.fstat(number).st_mode):
                    os.dup2(nothing, number)
        with open(f"{os.environ['MOTO_COPY_TO']}.{port}", "w", encoding="ascii") as file:
            file.write(str(os.getpid()))
        raise Copied(port)


if __name__ == "__main__":
    from moto.server import main

    signal.signal(signal.SIGUSR1, copy)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    arguments = sys.argv[1:]
    while True:
        try:
            main(arguments)
            break
        except Copied as copied:
            arguments = ["-H", "127.0.0.1", "-p", copied.args[0]]
