#!/usr/bin/env bash
# A job of GitLab: takes on the role in $ROLE, runs the command, and tells of it.
set -euo pipefail
action=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

token=$(mktemp)
trap 'rm -f "$token"' EXIT
printf '%s' "$AWS_TOKEN" > "$token"
export AWS_WEB_IDENTITY_TOKEN_FILE=$token AWS_ROLE_ARN=$ROLE AWS_ROLE_SESSION_NAME=gitlab-$CI_JOB_ID
unset AWS_TOKEN

node "$action/about.mjs"
code=0
node "$action/run.mjs" || code=$?
if [[ $PROVISION_COMMAND == drift ]]; then
    node "$action/issue.mjs"
else
    node "$action/comment.mjs"
fi
exit "$code"
