"""moto, with the three operations on a user pool's tags that it lacks, and with the list of authorizers.

moto keeps a pool's tags, and changes them through CreateUserPool and UpdateUserPool only. It keeps an
API's authorizers, and shows them one by one only. The program tags pools and lists authorizers as AWS
wants it; this teaches moto to answer.
"""

import json
import sys

from moto.apigatewayv2.responses import ApiGatewayV2Response
from moto.cognitoidp.models import cognitoidp_backends
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


for operation in (tag_resource, untag_resource, list_tags_for_resource):
    assert not hasattr(CognitoIdpResponse, operation.__name__), "moto has it now: remove this"
    setattr(CognitoIdpResponse, operation.__name__, operation)


def get_authorizers(self):
    api = self.apigatewayv2_backend.get_api(self.path.split("/")[-2])
    return 200, {}, json.dumps({"items": [one.to_json() for one in api.authorizers.values()]})


assert not hasattr(ApiGatewayV2Response, "get_authorizers"), "moto has it now: remove this"
ApiGatewayV2Response.get_authorizers = get_authorizers

if __name__ == "__main__":
    from moto.server import main

    main(sys.argv[1:])
