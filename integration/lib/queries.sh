# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What Rearguard knows, asked by its command line tool in JSON, and what the redirector answers.

# ask FILTER COMMAND…: runs a command with --json and a jq filter over its answer; of a page of a list, over its items.
ask() {
    local filter=$1
    shift
    rg "$@" --json | jq -r "(if type == \"object\" and has(\"items\") then .items else . end) | $filter"
}

# How many messages were recorded with a stamp like $1.
messages_recorded() {
    ask "[.[] | select(.reference == \"${1%%.*}\")] | length" message list
}

# The outcomes of all clicks, in order, separated by spaces.
click_outcomes() {
    ask 'sort_by(.at) | map(.outcome) | join(" ")' click list
}

# Whether the last click recorded had this outcome.
last_click_was() {
    [[ $(click_outcomes) == *"$1" ]]
}

# The number of the investigation about subject $1; nothing when there is none.
investigation_about() {
    ask "[.[] | select(.subject == \"$1\")] | max_by(.number) | .number // empty" investigation list
}

# The number of the action that investigation $1 recommends and nobody decided on.
proposed_action() {
    ask "[.[] | select(.investigation == $1 and .state == \"pending_approval\")] | max_by(.number) | .number // empty" action list
}

action_state() {
    ask ".[] | select(.number == $1) | .state" action list
}

# Whether action $1 is in state $2.
action_is() {
    [[ $(action_state "$1") == "$2" ]]
}

# The number of the quarantined message of user $1 with message reference $2.
quarantined_number() {
    ask "[.[] | select((.mailbox | startswith(\"$1@\")) and .reference == \"$2\" and .releasedAt == null)] | max_by(.number) | .number // empty" \
        quarantine list
}

# Whether a command prints something.
says_something() {
    [[ -n $("$@") ]]
}

# visit URL [CURL OPTION…]: follows a link as a browser would, one step; prints the status code, keeps header and page.
visit() {
    echo "$1" >"$SERVERS_DIR/visited"
    curl -sS -D "$SERVERS_DIR/header" -o "$SERVERS_DIR/page" -w '%{http_code}' "$@"
}

# The Location of the last visit, byte for byte.
location() {
    tr -d '\r' <"$SERVERS_DIR/header" | sed -n 's/^[Ll]ocation: //p'
}

# Whether visiting URL $1 answers with status $2.
answers() {
    [[ $(visit "$1") == "$2" ]]
}

# The headline of the last page.
headline() {
    sed -n 's|.*<h1>\(.*\)</h1>.*|\1|p' "$SERVERS_DIR/page"
}

# The links of the message on standard input that lead to our redirector, each once, in order.
rewritten_links() {
    readable | { grep -o "$CLICK_URL/to/[A-Za-z0-9._:%/-]*" || true; } | awk '!seen[$0]++'
}

# press_button: sends the form of the last page to where it came from, as late as a reader would (click.proceed_delay);
# prints the status code.
press_button() {
    local -a fields
    mapfile -t fields < <(grep -o '<input[^>]*' "$SERVERS_DIR/page" |
        sed -n 's/.*name="\([^"]*\)" value="\([^"]*\)".*/--data-urlencode\n\1=\2/p')
    ((${#fields[@]})) || fail "the page has no form to send"
    sleep 2.1
    visit "$(<"$SERVERS_DIR/visited")" "${fields[@]}"
}
