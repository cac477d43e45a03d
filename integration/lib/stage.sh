# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Everything a scene needs: one temporary directory, private servers, Rearguard, and an end that cleans up.
# shellcheck source=integration/lib/words.sh
source "$(dirname "${BASH_SOURCE[0]}")/words.sh"
# shellcheck source=integration/lib/servers.sh
source "$(dirname "${BASH_SOURCE[0]}")/servers.sh"
# shellcheck source=integration/lib/rearguard.sh
source "$(dirname "${BASH_SOURCE[0]}")/rearguard.sh"
# shellcheck source=integration/lib/mail.sh
source "$(dirname "${BASH_SOURCE[0]}")/mail.sh"
# shellcheck source=integration/lib/queries.sh
source "$(dirname "${BASH_SOURCE[0]}")/queries.sh"

# Prepares directory, programs and configuration; nothing runs yet.
stage_prepare() {
    need_root
    rearguard_build
    servers_prepare "$(mktemp -d "${TMPDIR:-/tmp}/rearguard.XXXXXX")"
    trap stage_close EXIT
    trap 'exit 130' INT TERM HUP
    dovecot_prepare
    rearguard_prepare
    postfix_prepare "unix:$MILTER_SOCKET"
}

# Starts everything.
stage_start() {
    dovecot_start
    rearguard_start
    postfix_start
}

stage_open() {
    stage_prepare
    stage_start
}

# At the end of every script: logs when it failed, and nothing is left running.
stage_close() {
    local result=$?
    trap - EXIT INT TERM HUP
    set +e
    if ((result != 0 && result != 130)); then
        rearguard_logs
        servers_logs
    fi
    rearguard_stop
    servers_stop
    [[ -z ${STAGE_MOUNT:-} ]] || umount "$STAGE_MOUNT"
    if [[ -n ${KEEP:-} ]]; then
        echo "kept: $SERVERS_DIR"
    else
        rm -rf "$SERVERS_DIR"
    fi
    exit "$result"
}
