#!/usr/bin/env python3
"""Writes src/spec/model/limits.tsv: what AWS's own service models say of the members that a stack
file can set. Run it with a newer botocore to take over newer limits:

    python3 -m venv v && v/bin/pip install botocore==1.44.5
    v/bin/python schema/limits.py > src/spec/model/limits.tsv

Patterns are written so that Rust's `regex` and ECMA-262 (JSON Schema, editors) read them alike:
anchored, with `\\w`, `\\d` and `\\s` spelled out (AWS means ASCII), without needless escapes. One that
looks around, or that lets everything through, is left out.
"""

import re
import sys

import botocore
import botocore.session

OPERATIONS = {
    "cognito-idp": [
        "AdminCreateUser", "CreateGroup", "CreateIdentityProvider", "CreateManagedLoginBranding",
        "CreateResourceServer", "CreateTerms", "CreateUserPool", "CreateUserPoolClient",
        "CreateUserPoolDomain", "SetLogDeliveryConfiguration", "SetRiskConfiguration",
        "SetUICustomization", "SetUserPoolMfaConfig", "UpdateUserPool",
    ],
    "lambda": [
        "AddPermission", "CreateAlias", "CreateEventSourceMapping", "CreateFunction",
        "CreateFunctionUrlConfig", "PublishLayerVersion", "PublishVersion",
        "PutFunctionConcurrency", "PutFunctionEventInvokeConfig", "PutFunctionRecursionConfig",
        "PutProvisionedConcurrencyConfig", "PutRuntimeManagementConfig",
    ],
    "iam": [
        "AttachRolePolicy", "CreatePolicy", "CreateRole", "PutRolePermissionsBoundary",
        "PutRolePolicy",
    ],
    "apigatewayv2": [
        "CreateApi", "CreateApiMapping", "CreateAuthorizer", "CreateDomainName",
        "CreateIntegration", "CreateRoute", "CreateStage",
    ],
    "apigateway": [
        "CreateAuthorizer", "CreateDeployment", "CreateResource", "CreateRestApi", "CreateStage",
        "PutIntegration", "PutMethod",
    ],
    "logs": ["CreateLogGroup", "PutRetentionPolicy"],
    "ssm": ["PutParameter"],
    "acm": ["RequestCertificate"],
}

# What the two dialects and AWS's (Java's) understand differently, spelled out.
CLASSES = {"w": "a-zA-Z0-9_", "d": "0-9", "s": r"\t\n\v\f\r "}
# What may stand after a backslash in ECMA-262 with the flag `u`.
ESCAPES = set(r"^$\.*+?()[]{}|/-tnvfrpPux")
EVERYTHING = {".*", r"[\s\S]*", "(?s).*", ""}
LENGTH = re.compile(r"WithLengthBetween(?P<min>Minus1|\d+)And(?P<max>\d+)$")


def portable(pattern):
    """The pattern as both dialects read it, or nothing."""
    if pattern in EVERYTHING or "(?!" in pattern or "(?<" in pattern or "(?=" in pattern:
        return ""
    out, i, in_class = [], 0, False
    while i < len(pattern):
        c = pattern[i]
        if c == "\\":
            following = pattern[i + 1]
            i += 2
            if following in CLASSES:
                spelled = CLASSES[following]
                out.append(spelled if in_class else f"[{spelled}]")
            elif following == "S":
                # `[\S]` is the only class of AWS's that holds it.
                if in_class and out[-1] == "[" and pattern[i] == "]":
                    out[-1] = f"[^{CLASSES['s']}"
                else:
                    out.append(f"[^{CLASSES['s']}]")
            else:
                out.append("\\" + following if following in ESCAPES else following)
            continue
        if c == "[" and not in_class:
            in_class = True
        elif c == "]" and in_class:
            in_class = False
        out.append(c)
        i += 1
    text = "".join(out)
    if "|" in at_the_top(text):
        return f"^(?:{text})$"
    return f"^{text.removeprefix('^').removesuffix('$')}$"


def at_the_top(text):
    """What stands in no group and in no class."""
    depth, in_class, i, found = 0, False, 0, []
    while i < len(text):
        c = text[i]
        if c == "\\":
            i += 2
            continue
        if in_class:
            in_class = c != "]"
        elif c == "[":
            in_class = True
        elif c in "()":
            depth += 1 if c == "(" else -1
        elif depth == 0:
            found.append(c)
        i += 1
    return "".join(found)


def limits(shape):
    about = shape.metadata
    least, most = about.get("min"), about.get("max")
    # API Gateway has its limits in the names of its shapes.
    named = LENGTH.search(shape.name)
    if named:
        least = -1 if named["min"] == "Minus1" else int(named["min"])
        most = int(named["max"])
    number = lambda n: "" if n is None else str(n)
    enum = "|".join(getattr(shape, "enum", None) or [])
    return [number(least), number(most), portable(about.get("pattern", "")), enum]


def rows(shape, path, required, above):
    yield [path, shape.type_name, "y" if required else "", *limits(shape)]
    if shape.name in above:
        return
    above = above | {shape.name}
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from rows(member, f"{path}.{name}", name in shape.required_members, above)
    elif shape.type_name == "list":
        yield from rows(shape.member, f"{path}[]", False, above)
    elif shape.type_name == "map":
        yield from rows(shape.key, f"{path}{{key}}", False, above)
        yield from rows(shape.value, f"{path}{{}}", False, above)


def main():
    session = botocore.session.get_session()
    write = sys.stdout.write
    write(f"# AWS's limits, from the service models of botocore {botocore.__version__} (Apache-2.0).\n")
    write("# Written by schema/limits.py; do not edit.\n")
    write("service\toperation\tmember\ttype\trequired\tmin\tmax\tpattern\tenum\n")
    for service, operations in OPERATIONS.items():
        model = session.get_service_model(service)
        for operation in operations:
            shape = model.operation_model(operation).input_shape
            for name, member in shape.members.items():
                for row in rows(member, name, name in shape.required_members, frozenset()):
                    write("\t".join([service, operation, *row]) + "\n")


main()
