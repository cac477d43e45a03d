# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The redirector alone, without mail: for scenes about clicks. Links are made by lib/clicks.py, an implementation of the
# token of its own.
# shellcheck source=integration/lib/words.sh
source "$(dirname "${BASH_SOURCE[0]}")/words.sh"
# shellcheck source=integration/lib/servers.sh
source "$(dirname "${BASH_SOURCE[0]}")/servers.sh"
# shellcheck source=integration/lib/rearguard.sh
source "$(dirname "${BASH_SOURCE[0]}")/rearguard.sh"

export PYTHONDONTWRITEBYTECODE=1

# What a scene adds to the section `click`, indented by two.
CLICK_OPTIONS=()
# The processes a scene started beside the redirector.
CLICK_HELPERS=()

# Prints the configuration of a host with nothing but the redirector.
rearguard_configuration() {
    cat <<CONF
site:
  name: Example & Sons <Mail>
  contact: the help desk, +49 000 0
state:
  directory: $STATE
keys:
  file: $SERVERS_DIR/link-keys
click:
  url: $CLICK_URL
  listen: 127.0.0.1:$CLICK_PORT
  pages: $REPOSITORY/conf/pages
$(printf '  %s\n' "${CLICK_OPTIONS[@]}")
playbooks:
  directory: $REPOSITORY/conf/playbooks
CONF
}

# Prepares directory, programs and configuration; nothing runs yet.
click_prepare() {
    rearguard_build
    servers_prepare "$(mktemp -d "${TMPDIR:-/tmp}/rearguard.XXXXXX")"
    trap click_close EXIT
    trap 'exit 130' INT TERM HUP
    : "${CLICK_PORT:=$(free_port)}"
    : "${CLICK_URL:=http://127.0.0.1:$CLICK_PORT}"
    STATE=$SERVERS_DIR/state
    CONFIG=$SERVERS_DIR/rearguard.yaml
    export CLICK_PORT CLICK_URL STATE CONFIG
    mkdir -p "$STATE"
    [[ -e $SERVERS_DIR/link-keys ]] || "$BIN/rearguard" keys init --keys "$SERVERS_DIR/link-keys" >/dev/null
    rearguard_configuration >"$CONFIG"
}

# Prepares and starts the redirector.
click_open() {
    click_prepare
    start rearguard-click
}

click_close() {
    local result=$? process
    trap - EXIT INT TERM HUP
    set +e
    ((result == 0 || result == 130)) || tail -n 30 "$SERVERS_DIR"/*.log
    for process in "${CLICK_HELPERS[@]}"; do kill "$process" 2>/dev/null; done
    stop rearguard-click
    stop rearguardd
    if [[ -n ${KEEP:-} ]]; then echo "kept: $SERVERS_DIR"; else rm -rf "$SERVERS_DIR"; fi
    exit "$result"
}

# clicks COMMAND…: the helper in Python.
clicks() {
    python3 "$REPOSITORY/integration/lib/clicks.py" "$@"
}

# link TARGET [ORDINAL]: prints a rewritten link.
link() {
    clicks link "$SERVERS_DIR/link-keys" "$CLICK_URL" "$@"
}

# put_verdict VERDICT DOMAIN: rearguardd takes in an indicator and the redirector has it.
put_verdict() {
    rg indicator add domain "$2" --verdict "$1" >/dev/null
}
