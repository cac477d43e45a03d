# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Rearguard itself in the same temporary directory: configuration, keys, and the three daemons started, stopped, killed.

REPOSITORY=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# A debug build unless told otherwise: on a first run it is ready in half the time, and the story is the same.
BUILD_CONFIGURATION=${BUILD_CONFIGURATION:-debug}
DAEMONS=(rearguard-milter rearguardd rearguard-click)

# Builds the four programs and sets BIN; with PROGRAMS set, takes those that lie in that folder.
rearguard_build() {
    if [[ -n ${PROGRAMS:-} ]]; then
        export BIN=$PROGRAMS
        return
    fi
    local options=(--package-path "$REPOSITORY" -c "$BUILD_CONFIGURATION")
    swift build "${options[@]}" --quiet
    BIN=$(swift build "${options[@]}" --show-bin-path)
    export BIN
}

# Writes configuration, keys and password file below $SERVERS_DIR, and chooses CLICK_PORT unless it is set.
rearguard_prepare() {
    : "${CLICK_PORT:=$(free_port)}"
    CLICK_URL=http://127.0.0.1:$CLICK_PORT
    STATE=$SERVERS_DIR/state
    CONFIG=$SERVERS_DIR/rearguard.yaml
    MILTER_SOCKET=$SERVERS_DIR/milter/milter.sock
    export CLICK_PORT CLICK_URL STATE CONFIG
    install -d -m 750 "$STATE"
    # As on a real host: the socket takes over the directory's group, and Postfix may reach it, nobody else.
    install -d -m 2750 -g postfix "$(dirname "$MILTER_SOCKET")"
    (umask 077 && echo "$MASTER_PASSWORD" >"$SERVERS_DIR/imap-password")
    rearguard_configuration >"$CONFIG"
    [[ -e $SERVERS_DIR/link-keys ]] || "$BIN/rearguard" keys init --keys "$SERVERS_DIR/link-keys" >/dev/null
    [[ -e $SERVERS_DIR/object-keys ]] || "$BIN/rearguard" object init --keys "$SERVERS_DIR/object-keys" >/dev/null
}

# Prints the configuration; every option that is not here has its default (conf/rearguard.yaml).
rearguard_configuration() {
    cat <<CONF
state:
  directory: $STATE
keys:
  file: $SERVERS_DIR/link-keys
objects:
  key_file: $SERVERS_DIR/object-keys
click:
  url: $CLICK_URL
  listen: 127.0.0.1:$CLICK_PORT
  pages: $REPOSITORY/conf/pages
milter:
  socket: unix:$MILTER_SOCKET
mailboxes:
  imap:
    url: imap://127.0.0.1:$IMAP_PORT
    tls: none
    master_user: $MASTER_USER
    password_file: $SERVERS_DIR/imap-password
    quarantine_folder: Quarantine
    retry_first: 1 s
    retry_longest: 2 s
playbooks:
  directory: $REPOSITORY/conf/playbooks
CONF
}

# Runs the command line tool.
rg() {
    "$BIN/rearguard" "$@" --config "$CONFIG"
}

# Becomes the daemon; a scene may put another in its place. `exec`, because the process id is the one we kill.
run_daemon() {
    exec "$BIN/$1" --config "$CONFIG"
}

# start NAME: starts a daemon and waits until it serves.
start() {
    (umask 027 && run_daemon "$1" </dev/null >>"$SERVERS_DIR/$1.log" 2>&1) &
    echo $! >"$SERVERS_DIR/$1.pid"
    # Not a job of this shell, or it would report every kill.
    disown
    wait_until 30 "$1 serves" serves "$1"
}

# Whether a daemon accepts connections; fails for good when it has ended.
serves() {
    kill -0 "$(<"$SERVERS_DIR/$1.pid")" 2>/dev/null || fail "$1 has ended: $(tail -n 3 "$SERVERS_DIR/$1.log")"
    case $1 in
    rearguard-milter) socket_listens "$MILTER_SOCKET" ;;
    rearguard-click) port_answers "$CLICK_PORT" ;;
    rearguardd) socket_listens "${ADMIN_SOCKET:-$STATE/admin.sock}" ;;
    esac
}

# Whether a process listens on Unix socket $1; the file alone may be left from one that was killed.
socket_listens() {
    grep -q " 00010000 .* $1\$" /proc/net/unix
}

# stop NAME: SIGTERM, and the daemon has to end by itself.
stop() {
    end_daemon "$1" TERM
}

# kill_hard NAME: SIGKILL, as a power failure would.
kill_hard() {
    end_daemon "$1" KILL
}

end_daemon() {
    local file=$SERVERS_DIR/$1.pid pid
    [[ -s $file ]] || return 0
    pid=$(<"$file")
    rm -f "$file"
    kill "-$2" "$pid" 2>/dev/null || return 0
    wait_until 20 "$1 has ended" process_is_over "$pid"
}

# Whether process $1 is gone, or dead and not waited for; while one of its threads is left, so are its sockets.
process_is_over() {
    local state
    local -a threads=("/proc/$1/task"/*)
    state=$(sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null) || return 0
    [[ $state == Z ]] && ((${#threads[@]} <= 1))
}

rearguard_start() {
    local name
    for name in "${DAEMONS[@]}"; do start "$name"; done
}

rearguard_stop() {
    local name
    for name in "${DAEMONS[@]}"; do stop "$name"; done
}

rearguard_logs() {
    local name
    for name in "${DAEMONS[@]}"; do
        [[ -s $SERVERS_DIR/$name.log ]] || continue
        echo "--- last lines of $name"
        tail -n 30 "$SERVERS_DIR/$name.log"
    done
}
