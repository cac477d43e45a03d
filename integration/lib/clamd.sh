# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A private clamd with signatures of its own: test strings only, nothing is downloaded.

# Writes configuration and first signatures below $SERVERS_DIR, and sets CLAMD_SOCKET and CLAMD_SIGNATURES.
clamd_prepare() {
    CLAMD_SOCKET=$SERVERS_DIR/clamd/clamd.sock
    CLAMD_SIGNATURES=$SERVERS_DIR/clamd/signatures
    install -d "$CLAMD_SIGNATURES"
    signature Own.First 'a string that only the first signature knows' >"$CLAMD_SIGNATURES/own.ndb"
    cat >"$SERVERS_DIR/clamd/clamd.conf" <<CONF
DatabaseDirectory $CLAMD_SIGNATURES
LocalSocket $CLAMD_SOCKET
LocalSocketMode 666
LogFile $SERVERS_DIR/clamd/clamd.log
Foreground yes
ConcurrentDatabaseReload no
AlertExceedsMax yes
MaxScanSize 8M
MaxFileSize 4M
StreamMaxLength 4M
User root
CONF
}

# signature NAME TEXT: a signature for the text anywhere in a file of any type.
signature() {
    printf '%s:0:*:%s\n' "$1" "$(printf '%s' "$2" | od -An -v -tx1 | tr -d ' \n')"
}

clamd_start() {
    clamd --config-file="$SERVERS_DIR/clamd/clamd.conf" >"$SERVERS_DIR/clamd/output" 2>&1 &
    CLAMD_PID=$!
    disown
    wait_until 30 "clamd serves" socket_listens "$CLAMD_SOCKET"
}

clamd_stop() {
    [[ -z ${CLAMD_PID:-} ]] || kill "$CLAMD_PID" 2>/dev/null || true
    CLAMD_PID=
}
