//! What a reader should write where AWS's model has a pattern.

/// The patterns of `limits.tsv`, each with the words that stand after "must be".
const WORDS: &[(&str, &[&str])] = &[
    ("the id of a user pool, as `us-east-1_AbCdEfGhI`", &[r"^[a-zA-Z0-9_-]+_[0-9a-zA-Z]+$"]),
    ("printable characters without spaces", &[r"^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$"]),
    (
        "a text of printable characters",
        &[
            r"^[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+$",
            r"^[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\v\f\r ]+$",
            r"^[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\v\f\r *]*$",
            r"^[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\v\f\r *]+$",
        ],
    ),
    ("a text without white space", &[r"^[^\t\n\v\f\r ]+$"]),
    (
        "an ARN",
        &[
            r"^arn:[a-zA-Z0-9_+=/,.@-]+:[a-zA-Z0-9_+=/,.@-]+:([a-zA-Z0-9_+=/,.@-]*)?:[0-9]+:[a-zA-Z0-9_+=/,.@-]+(:[a-zA-Z0-9_+=/,.@-]+)?(:[a-zA-Z0-9_+=/,.@-]+)?$",
            r"^(arn:[a-zA-Z0-9_+=/,.@-]+:[a-zA-Z0-9_+=/,.@-]+:([a-zA-Z0-9_+=/,.@-]*)?:[0-9]+:[a-zA-Z0-9_+=/,.@-]+(:[a-zA-Z0-9_+=/,.@-]+)?(:[a-zA-Z0-9_+=/,.@-]+)?)?$",
            r"^arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1})?:([0-9]{12})?:(.*)$",
            r"^(?:(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|())$",
        ],
    ),
    (
        "at least three printable characters without spaces, from no `_`",
        &[r"^[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+$"],
    ),
    ("letters, digits, spaces and any of `_+=.@-`", &[r"^[a-zA-Z0-9_\t\n\v\f\r +=.@-]+$"]),
    ("`Level1` to `Level4`", &[r"^Level[1-4]$"]),
    ("ASCII without spaces, `\"` and `\\`", &[r"^[\x21\x23-\x5B\x5D-\x7E]+$"]),
    ("letters, digits, `_` and `+`", &[r"^[a-zA-Z0-9_+]+$"]),
    ("letters, digits, spaces, `-` and `_`", &[r"^[a-zA-Z0-9_\- ]+$"]),
    ("letters, digits, spaces and any of `_+=,.@-`", &[r"^[a-zA-Z0-9_\t\n\v\f\r +=,.@-]+$"]),
    ("ASCII without spaces, `\"`, `\\` and `/`", &[r"^[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+$"]),
    ("`terms-of-use` or `privacy-policy`", &[r"^(terms-of-use|privacy-policy)$"]),
    (
        "`cognito:default`, or `cognito:` and a language, as `cognito:german`",
        &[
            r"^cognito:(default|dutch|english|french|spanish|german|bahasa-indonesia|italian|japanese|korean|portuguese-brazil|chinese-(simplified|traditional))$",
        ],
    ),
    ("one line with `{####}`, where the code goes", &[r"^.*\{####\}.*$"]),
    (
        "a text with `{####}`, where the code goes",
        &[
            r"^[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\v\f\r *]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\v\f\r *]*$",
        ],
    ),
    (
        "a text with `{##` and `##}` around the words of the link",
        &[
            r"^[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\v\f\r *]*\{##[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\v\f\r *]*##\}[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\v\f\r *]*$",
        ],
    ),
    ("an e-mail address", &[r"^[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+$"]),
    (
        "letters, digits, `-` and `_`",
        &[r"^[a-zA-Z0-9_-]+$", r"^([a-zA-Z0-9-_]+)$", r"^[a-zA-Z0-9-_]*$"],
    ),
    ("a text of printable characters on one line", &[r"^[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+$"]),
    ("hexadecimal digits", &[r"^[0-9a-fA-F]+$"]),
    ("lower-case letters, digits and inner `-`", &[r"^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$"]),
    (
        "the ARN of a bucket, as `arn:aws:s3:::my-bucket`",
        &[
            r"^arn:[a-zA-Z0-9_+=/,.@-]+:[a-zA-Z0-9_+=/,.@-]+:::[a-zA-Z0-9_+=/,.@-]+(:[a-zA-Z0-9_+=/,.@-]+)?(:[a-zA-Z0-9_+=/,.@-]+)?$",
        ],
    ),
    (
        "the name or ARN of a function",
        &[
            r"^(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:)?([0-9]{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$",
            r"^(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:)?([0-9]{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?$",
            r"^(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:)?([0-9]{12}:)?(function:)?([a-zA-Z0-9-_]+)$",
        ],
    ),
    ("an action of Lambda, as `lambda:InvokeFunction`", &[r"^(lambda:[*]|lambda:[a-zA-Z]+|[*])$"]),
    ("an account id of twelve digits", &[r"^[0-9]{12}$"]),
    ("letters, digits and any of `._-`", &[r"^[a-zA-Z0-9._\-]+$"]),
    ("a version, an alias or `$LATEST`", &[r"^(?:\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+)$"]),
    ("the id of an organization, as `o-a1b2c3d4e5`", &[r"^o-[a-z0-9]{10,32}$"]),
    ("a version or `$LATEST`", &[r"^(\$LATEST(\.PUBLISHED)?|[0-9]+)$"]),
    ("digits", &[r"^[0-9]+$"]),
    (
        "an ARN or `kafka://TOPIC`",
        &[
            r"^(?:$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1})?:([0-9]{12})?:(.*))$",
        ],
    ),
    (
        "letters, digits, spaces and any of `_.:/=+-@`",
        &[
            r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$",
            r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$",
            r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$",
            r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$",
        ],
    ),
    ("letters, digits and any of `-_.`, from no `.`", &[r"^[^.]([a-zA-Z0-9\-_.]+)$"]),
    ("letters, digits, spaces and any of `-/*:_+=.@`", &[r"^[ a-zA-Z0-9-\/*:_+=.@-]*$"]),
    (
        "a host and a port, as `broker.example.com:9092`",
        &[
            r"^(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]*[a-zA-Z0-9])\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\-]*[A-Za-z0-9]):[0-9]{1,5}$",
        ],
    ),
    ("letters, digits and any of `-/*:_+=.@`", &[r"^[a-zA-Z0-9-\/*:_+=.@-]*$"]),
    ("characters without spaces and any of `/.$\"`", &[r"^[^ /\.$\x22]*$"]),
    (
        "the ARN of a role, as `arn:aws:iam::123456789012:role/name`",
        &[r"^arn:(aws[a-zA-Z-]*)?:iam::[0-9]{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$"],
    ),
    ("the id of a subnet, as `subnet-0123abcd`", &[r"^subnet-[0-9a-z]*$"]),
    ("the id of a security group, as `sg-0123abcd`", &[r"^sg-[0-9a-zA-Z]*$"]),
    ("a letter, then letters, digits and `_`; at least two", &[r"^[a-zA-Z]([a-zA-Z0-9_])+$"]),
    (
        "the ARN of a layer's version, as `arn:aws:lambda:us-east-1:123456789012:layer:name:1`",
        &[
            r"^((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:[0-9]{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+))$",
        ],
    ),
    (
        "the ARN of an access point",
        &[
            r"^(?:arn:aws[a-zA-Z-]*:elasticfilesystem:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:[0-9]{12}:access-point/fsap-[a-f0-9]{17}$|^arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40})$",
        ],
    ),
    ("a path below `/mnt/`", &[r"^/mnt/[a-zA-Z0-9-_.]+$"]),
    (
        "the ARN of a code signing configuration",
        &[
            r"^arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:[0-9]{12}:code-signing-config:csc-[a-z0-9]{17}$",
        ],
    ),
    ("letters, digits and any of `.-_/#`", &[r"^[\.\-_/#A-Za-z0-9]+$"]),
    (
        "the ARN of a capacity provider",
        &[
            r"^arn:aws[a-zA-Z-]*:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:[0-9]{12}:capacity-provider:[a-zA-Z0-9-_]+$",
        ],
    ),
    (
        "the ARN of a version of a runtime",
        &[
            r"^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:runtime/.+$",
            r"^((arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}::runtime:.+)|(arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:[0-9]{12}:runtime/[A-Za-z0-9_.-]{1,128}/version/[A-Za-z0-9_.-]{1,128}))$",
        ],
    ),
    (
        "the name or ARN of a layer",
        &[
            r"^(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:[0-9]{12}:layer:[a-zA-Z0-9-_]{1,140}|[a-zA-Z0-9-_]{1,140})$",
        ],
    ),
    ("a version or an alias", &[r"^(|[a-zA-Z0-9$_-]+)$"]),
    ("letters, digits and any of `_+=,.@-`", &[r"^[a-zA-Z0-9_+=,.@-]+$"]),
    (
        "a path from `/` to `/`, as `/team/`",
        &[r"^((/[A-Za-z0-9\.,\+@=_-]+)*)/$", r"^(?:(\u002F)|(\u002F[\u0021-\u007E]+\u002F))$"],
    ),
    (
        "a text in the characters of Latin-1",
        &[
            r"^[\u0009\u000A\u000D\u0020-\u00FF]+$",
            r"^[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*$",
        ],
    ),
    ("letters, digits and any of `:/_-`", &[r"^([a-zA-Z0-9:/_-]+)$"]),
    ("letters, digits and `_`", &[r"^[a-zA-Z0-9_]+$"]),
    (
        "the ARN of a private certificate authority",
        &[
            r"^arn:[a-zA-Z0-9_+=/,.@-]+:acm-pca:[a-zA-Z0-9_+=/,.@-]*:[0-9]+:[a-zA-Z0-9_+=,.@-]+(/[a-zA-Z0-9_+=,.@-]+)*$",
        ],
    ),
];

/// What a text that matches `pattern` is, in words; none for a pattern that is not AWS's.
pub fn words(pattern: &str) -> Option<&'static str> {
    WORDS.iter().find(|(_, patterns)| patterns.contains(&pattern)).map(|(words, _)| *words)
}
