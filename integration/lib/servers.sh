# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A private Postfix and a private Dovecot, for tests and for integration/run.
#
# Both live in one temporary directory ($SERVERS_DIR: configuration, queue, mailboxes, logs) on loopback ports above
# 20000. No file of the system's own Postfix or Dovecot is read or written, no service manager is asked for anything.
# Both programs insist on starting as root: they give up their rights by themselves.

# The domain whose mail the private Postfix hands to the private Dovecot, and who has a mailbox there.
MAIL_DOMAIN=example.test
MAIL_USERS=(alice bob carol)
MAIL_PASSWORD=secret
# May open every mailbox by logging in as `alice*rearguard`.
MASTER_USER=rearguard
MASTER_PASSWORD='master-secret'

# Ends with a sentence unless we are root.
need_root() {
    if ((EUID != 0)); then
        echo "$(basename "$0"): a private Postfix and Dovecot can only be started as root (they drop their rights by themselves)" >&2
        exit 2
    fi
}

# Whether something listens on port $1 of loopback address $2 (127.0.0.1).
port_answers() {
    (exec 3<>"/dev/tcp/${2:-127.0.0.1}/$1") 2>/dev/null
}

# Prints a port nobody listens on: below Linux's own range for outgoing connections, so it stays free. What was drawn is
# noted for an hour, because minutes may pass until somebody listens there, and other scenes draw meanwhile.
free_port() {
    local port drawn=${TMPDIR:-/tmp}/rearguard-ports
    mkdir -p "$drawn"
    find "$drawn" -mindepth 1 -mmin +60 -exec rmdir {} + 2>/dev/null || true
    for _ in {1..100}; do
        port=$((20000 + RANDOM % 12000))
        port_answers "$port" && continue
        mkdir "$drawn/$port" 2>/dev/null || continue
        echo "$port"
        return
    done
    echo "no free port between 20000 and 32000" >&2
    return 1
}

# Makes the directory both servers live in; their own users must be able to walk into it.
servers_prepare() {
    SERVERS_DIR=$1
    mkdir -p "$SERVERS_DIR"
    chmod 755 "$SERVERS_DIR"
    export SERVERS_DIR
}

# Stops both servers; harmless when they do not run.
servers_stop() {
    postfix_stop
    dovecot_stop
}

# Shows the last lines of both logs, what Postfix still has (a message on hold has an exclamation mark) and what IMAP
# refused: what somebody needs to see why a test failed.
servers_logs() {
    local log
    for log in "$SERVERS_DIR"/postfix.log "$SERVERS_DIR"/dovecot.log "$SERVERS_DIR"/imap.log; do
        [[ -s $log ]] || continue
        echo "--- last lines of $(basename "$log")"
        tail -n 30 "$log"
    done
    [[ -d $SERVERS_DIR/postfix/conf ]] || return 0
    echo "--- the queue"
    postqueue -c "$SERVERS_DIR/postfix/conf" -p 2>&1 || true
}

# ---------------------------------------------------------------------------------------------------------- Dovecot

# Writes Dovecot's configuration and users, and chooses IMAP_PORT unless it is set.
dovecot_prepare() {
    local home=$SERVERS_DIR/dovecot
    : "${IMAP_PORT:=$(free_port)}"
    export IMAP_PORT
    mkdir -p "$home" "$SERVERS_DIR/mail"
    chown nobody:nogroup "$SERVERS_DIR/mail"
    dovecot_users "$home"
    dovecot_configuration "$home" >"$home/dovecot.conf"
}

# Writes the two password files: the mailboxes' owners and the master user.
dovecot_users() {
    local user
    for user in "${MAIL_USERS[@]}"; do
        echo "$user:{PLAIN}$MAIL_PASSWORD:nobody:nogroup::$SERVERS_DIR/mail/$user::"
    done >"$1/users"
    echo "$MASTER_USER:{PLAIN}$MASTER_PASSWORD" >"$1/masters"
    chown dovecot "$1/users" "$1/masters"
    chmod 400 "$1/users" "$1/masters"
}

# Prints dovecot.conf. 127.0.0.2 is a server that can neither MOVE nor tell new UIDs, for the test of that way.
dovecot_configuration() {
    cat <<CONF
base_dir = $1/run
state_dir = $1/state
log_path = $SERVERS_DIR/dovecot.log
listen = 127.0.0.1, 127.0.0.2
protocols = imap lmtp
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_format = %Ln
auth_master_user_separator = *
auth_failure_delay = 0
mail_location = mdbox:~/mdbox
mail_always_cache_fields = flags hdr.x-rearguard-id
mailbox_list_index = yes
first_valid_uid = 1
mail_fsync = never

passdb {
  driver = passwd-file
  master = yes
  args = $1/masters
  result_success = continue
}
passdb {
  driver = passwd-file
  args = $1/users
}
userdb {
  driver = passwd-file
  args = $1/users
}
namespace inbox {
  inbox = yes
  separator = /
}
service anvil {
  chroot =
  # Without this listener a refused login does not slow the next one down.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  chroot =
  inet_listener imap {
    port = $IMAP_PORT
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  unix_listener lmtp {
    mode = 0666
  }
}
local 127.0.0.2 {
  protocol imap {
    imap_capability = IMAP4rev1 UIDPLUS LITERAL+ SASL-IR
  }
}
CONF
}

# Starts Dovecot and waits until IMAP answers. Every user's INBOX exists then: two deliveries that both create the same one
# make Dovecot lose one of the two messages (seen once in six runs of 30 mailboxes).
dovecot_start() {
    dovecot -c "$SERVERS_DIR/dovecot/dovecot.conf" </dev/null >>"$SERVERS_DIR/dovecot.start.log" 2>&1 || {
        cat "$SERVERS_DIR/dovecot.start.log" >&2
        return 1
    }
    wait_until 10 "Dovecot answers on port $IMAP_PORT" port_answers "$IMAP_PORT"
    doveadm -c "$SERVERS_DIR/dovecot/dovecot.conf" mailbox status -A messages INBOX >>"$SERVERS_DIR/dovecot.start.log" 2>&1 || {
        cat "$SERVERS_DIR/dovecot.start.log" >&2
        return 1
    }
}

# Stops the private Dovecot and waits until none of its processes is left, so that no open session goes on.
dovecot_stop() {
    local master
    [[ -s ${SERVERS_DIR:-}/dovecot/run/master.pid ]] || return 0
    master=$(<"$SERVERS_DIR/dovecot/run/master.pid")
    dovecot -c "$SERVERS_DIR/dovecot/dovecot.conf" stop >>"$SERVERS_DIR/stop.log" 2>&1 || true
    # A process with an open session would take its time, up to ten seconds.
    pkill -KILL -s "$master" || true
    wait_until 10 "Dovecot has stopped" session_is_over "$master"
    rm -f "$SERVERS_DIR/dovecot/run/master.pid"
}

# Whether no process of session $1 is alive; one that nobody waited for (a zombie) is not.
session_is_over() {
    ! pgrep -s "$1" -r R,S,D >/dev/null
}

# ---------------------------------------------------------------------------------------------------------- Postfix

# Writes Postfix's configuration for the milters in $1 ("" for none), and chooses SMTP_PORT unless it is set.
postfix_prepare() {
    local home=$SERVERS_DIR/postfix
    : "${SMTP_PORT:=$(free_port)}"
    export SMTP_PORT
    mkdir -p "$home/conf" "$home/queue" "$home/data"
    chown postfix "$home/data"
    chmod 755 "$home" "$home/conf" "$home/queue"
    postfix_main "$home" "$1" >"$home/conf/main.cf"
    postfix_master >"$home/conf/master.cf"
}

# Prints main.cf. Short retry times, because a test waits for them.
postfix_main() {
    cat <<CONF
compatibility_level = 3.6
queue_directory = $1/queue
data_directory = $1/data
maillog_file = $SERVERS_DIR/postfix.log
maillog_file_prefixes = $SERVERS_DIR
myhostname = mx.$MAIL_DOMAIN
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_client_connection_rate_limit = 0
smtpd_recipient_restrictions = reject_unauth_destination
virtual_mailbox_domains = $MAIL_DOMAIN
virtual_mailbox_maps = static:all
virtual_transport = lmtp:unix:$SERVERS_DIR/dovecot/run/lmtp
alias_maps =
local_recipient_maps =
smtputf8_enable = yes
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
bounce_queue_lifetime = 0
smtpd_milters = $2
milter_default_action = tempfail
milter_protocol = 6
milter_connect_timeout = 10s
milter_command_timeout = 30s
milter_content_timeout = 60s
CONF
}

# Prints master.cf: what receives, queues and delivers here, and one listener.
postfix_master() {
    cat <<CONF
127.0.0.1:$SMTP_PORT inet n - n - - smtpd
pickup    unix  n  -  n  60    1  pickup
cleanup   unix  n  -  n  -     0  cleanup
qmgr      unix  n  -  n  300   1  qmgr
tlsmgr    unix  -  -  n  1000? 1  tlsmgr
rewrite   unix  -  -  n  -     -  trivial-rewrite
bounce    unix  -  -  n  -     0  bounce
defer     unix  -  -  n  -     0  bounce
trace     unix  -  -  n  -     0  bounce
verify    unix  -  -  n  -     1  verify
flush     unix  n  -  n  1000? 0  flush
proxymap  unix  -  -  n  -     -  proxymap
smtp      unix  -  -  n  -     -  smtp
relay     unix  -  -  n  -     -  smtp
showq     unix  n  -  n  -     -  showq
error     unix  -  -  n  -     -  error
retry     unix  -  -  n  -     -  error
discard   unix  -  -  n  -     -  discard
lmtp      unix  -  -  n  -     -  lmtp
anvil     unix  -  -  n  -     1  anvil
scache    unix  -  -  n  -     1  scache
postlog   unix-dgram n - n -   1  postlogd
CONF
}

# Starts Postfix and waits until SMTP answers.
postfix_start() {
    postfix -c "$SERVERS_DIR/postfix/conf" start >>"$SERVERS_DIR/postfix.start.log" 2>&1 || {
        cat "$SERVERS_DIR/postfix.start.log" "$SERVERS_DIR/postfix.log" >&2
        return 1
    }
    wait_until 10 "Postfix answers on port $SMTP_PORT" port_answers "$SMTP_PORT"
}

# Stops the private Postfix; it ends its children before it returns.
postfix_stop() {
    [[ -s ${SERVERS_DIR:-}/postfix/queue/pid/master.pid ]] || return 0
    postfix -c "$SERVERS_DIR/postfix/conf" stop >>"$SERVERS_DIR/stop.log" 2>&1 || true
}

# Prints how many messages Postfix still holds.
postfix_queue_length() {
    local queue=$SERVERS_DIR/postfix/queue
    find "$queue/incoming" "$queue/active" "$queue/deferred" "$queue/hold" "$queue/maildrop" -type f 2>/dev/null | wc -l
}
