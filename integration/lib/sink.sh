# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For scenes with the milter and an MTA alone: everything the MTA delivers goes to an LMTP server that keeps files.

# Prepares directory, programs and configuration; nothing runs yet. The milter is started by the scene.
sink_prepare() {
    need_root
    rearguard_build
    servers_prepare "$(mktemp -d "${TMPDIR:-/tmp}/rearguard.XXXXXX")"
    trap sink_close EXIT
    trap 'exit 130' INT TERM HUP
    export IMAP_PORT=1 CLICK_PORT=1
    rearguard_prepare
    sed -i 's|^  url: http://127.*|  url: https://click.example.test|' "$CONFIG"
    sed -i '/^mailboxes:/,$d' "$CONFIG"
    SINK=$SERVERS_DIR/sink
    LMTP_PORT=$(free_port)
    mkdir -p "$SINK"
    export SINK LMTP_PORT MILTER_SOCKET
    "$REPOSITORY/integration/lib/lmtp-sink" "$LMTP_PORT" "$SINK" 2>>"$SERVERS_DIR/sink.log" &
    echo $! >"$SERVERS_DIR/sink.pid"
    disown
    wait_until 10 "the sink answers" port_answers "$LMTP_PORT"
}

# Postfix with the sink behind it; $1: the milters.
sink_postfix() {
    postfix_prepare "$1"
    postconf -c "$SERVERS_DIR/postfix/conf" -e "virtual_transport=lmtp:inet:127.0.0.1:$LMTP_PORT" \
        smtpd_recipient_limit=2000 smtpd_recipient_overshoot_limit=2000 2>/dev/null
}

# With an argument that is the exit code: a scene's own end calls it so.
sink_close() {
    local result=${1:-$?}
    trap - EXIT INT TERM HUP
    set +e
    if ((result != 0 && result != 130)); then
        rearguard_logs
        servers_logs
    fi
    stop rearguard-milter
    postfix_stop
    [[ $(type -t sendmail_stop) != function ]] || sendmail_stop
    [[ ! -s $SERVERS_DIR/sink.pid ]] || kill "$(<"$SERVERS_DIR/sink.pid")"
    if [[ -n ${KEEP:-} ]]; then
        echo "kept: $SERVERS_DIR"
    else
        rm -rf "$SERVERS_DIR"
    fi
    exit "$result"
}

# How many messages were delivered.
delivered() {
    find "$SINK" -name '*.eml' | wc -l
}

# Whether COUNT messages were delivered.
has_delivered() {
    [[ $(delivered) == "$1" ]]
}

# smtp_send FILE SENDER RECIPIENT…: gives the message to port ${PORT:-$SMTP_PORT} and prints the code of the last answer.
smtp_send() {
    local file=$1 sender=$2 recipient
    local -a to=()
    shift 2
    for recipient in "$@"; do to+=(--mail-rcpt "$recipient"); done
    curl -sv "smtp://127.0.0.1:${PORT:-$SMTP_PORT}/client.example" --mail-from "$sender" "${to[@]}" -T "$file" 2>&1 |
        sed -n 's/^< \([245][0-9][0-9]\) .*/\1/p' | sed '/221/d' | tail -n 1 || true
}

# play_cases MTA PORT HELD_PATTERN CASE…: the cases of integration/mta through the MTA; starts and ends the milter itself.
play_cases() {
    local mta=$1 port=$2 held=$3
    shift 3
    cp "$CONFIG" "$SERVERS_DIR/base.yaml"
    HELD=$held MILTER="$BIN/rearguard-milter --config $CONFIG --testing__dispositions --testing__trap-on 'take this trap'" \
        MILTER_CONFIG=$CONFIG MILTER_BASE=$SERVERS_DIR/base.yaml \
        MILTER_LOG=$SERVERS_DIR/rearguard-milter.log \
        "$REPOSITORY/integration/mta/play" "$mta" "$port" "$@"
}
