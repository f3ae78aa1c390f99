#!/usr/bin/env bash
# The HTTP API in six requests: an experiment is created and started, a viewer gets a variant and clicks, and the
# results are read. Needs curl and a running server:
#
#     hookline serve &
#     HOOKLINE_KEY=$(cat hookline-data/hookline.db.admin-key) examples/quickstart.sh
#
# HOOKLINE_SERVER is the server's address, http://127.0.0.1:8080 without it.
set -euo pipefail

server=${HOOKLINE_SERVER:-http://127.0.0.1:8080}
: "${HOOKLINE_KEY:?set it to a key with the scope write; the server has written the first one to a file}"
# Fresh names, so that the script can run again.
experiment=quickstart-$(date +%s)-$$
viewer=viewer-$RANDOM

# The key goes through a pipe: in the arguments of curl other users of the machine could see it.
call() {
    local method=$1 path=$2
    shift 2
    printf '\n%s %s\n' "$method" "$path" >&2
    printf 'header = "Authorization: Bearer %s"\n' "$HOOKLINE_KEY" \
        | curl --config - --silent --show-error --fail-with-body --max-time 30 \
            --request "$method" "$server$path" "$@"
    printf '\n'
}
json='Content-Type: application/json'

# What is compared: of each viewer, whether he or she has clicked.
call POST /v1/experiments --header "$json" --data '{
    "id": "'"$experiment"'",
    "name": "Question or claim",
    "variants": ["control", "question"],
    "metrics": [{"name": "click_rate", "kind": "proportion", "event": "click"}]
}'

call POST "/v1/experiments/$experiment/start"

# Which variant does this viewer see? Asking counts as showing it. The same viewer always gets the same variant.
call POST "/v1/experiments/$experiment/allocate" --header "$json" --data '{"user_id": "'"$viewer"'"}'

# What the viewer does. The id makes sending it twice the same as sending it once.
call POST /v1/events --header "$json" --data '[
    {"id": "'"$experiment-$viewer"'-click", "type": "click", "user_id": "'"$viewer"'", "content_id": "video-7"}
]'

# Numbers that were counted elsewhere are posted as they are.
call POST "/v1/experiments/$experiment/observations" --header "$json" --data '[
    {"variant": "control", "metric": "shares", "trials": 1000, "successes": 31},
    {"variant": "question", "metric": "shares", "trials": 1000, "successes": 52}
]'

# The results wait a moment until everything that was sent is counted.
call GET "/v1/experiments/$experiment/results"
