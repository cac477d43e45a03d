# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A private Sendmail 8.17 beside the private Postfix. Debian's packages of the two exclude one another, so Sendmail's are
# only unpacked, into a folder that is kept for the next run ($SENDMAIL_HOME); nothing of them is installed or configured.
# It listens on SENDMAIL_PORT, has its own queue directory, and hands all mail for $MAIL_DOMAIN to an LMTP server.

SENDMAIL_HOME=${SENDMAIL_HOME:-/var/tmp/rearguard-sendmail}

# Fetches and unpacks Debian's packages unless that was done before.
sendmail_unpack() {
    [[ -x $SENDMAIL_HOME/usr/libexec/sendmail/sendmail && -d $SENDMAIL_HOME/usr/share/sendmail/cf ]] && return
    local parts package
    parts=$(mktemp -d)
    mkdir -p "$SENDMAIL_HOME"
    (cd "$parts" && apt-get -qq download sendmail-bin sendmail-base sendmail-cf 2>/dev/null) || {
        rm -rf "$parts"
        return 1
    }
    for package in "$parts"/*.deb; do dpkg -x "$package" "$SENDMAIL_HOME"; done
    rm -rf "$parts"
}

# sendmail_prepare LMTP_PORT: writes the configuration, with the shipped milter snippet of conf/sendmail in it.
sendmail_prepare() {
    local home=$SERVERS_DIR/sendmail
    : "${SENDMAIL_PORT:=$(free_port)}"
    export SENDMAIL_PORT
    mkdir -p "$home/queue"
    chmod 755 "$home"
    chmod 700 "$home/queue"
    # Sendmail waits for a minute when /etc/hosts has no full name for this host: it gets a file of its own there.
    echo "127.0.0.1 mx.$MAIL_DOMAIN localhost $(hostname)" >"$home/hosts"
    sendmail_source "$home" "$1" >"$home/sendmail.mc"
    m4 -D_CF_DIR_="$SENDMAIL_HOME/usr/share/sendmail/cf/" "$SENDMAIL_HOME/usr/share/sendmail/cf/m4/cf.m4" \
        "$home/sendmail.mc" >"$home/sendmail.cf"
}

# Prints sendmail.mc. `sink` is a mailer of ours: LMTP over TCP, 8-bit, up to 100 recipients a transaction.
sendmail_source() {
    cat <<CONF
VERSIONID(\`private')
OSTYPE(\`linux')
define(\`QUEUE_DIR', \`$1/queue')
define(\`confPID_FILE', \`$1/pid')
define(\`STATUS_FILE', \`$1/statistics')
define(\`HELP_FILE', \`')
define(\`confCONTROL_SOCKET_NAME', \`')
define(\`ALIAS_FILE', \`')
define(\`confDOMAIN_NAME', \`mx.$MAIL_DOMAIN')
define(\`confCW_FILE', \`/dev/null')
define(\`confCT_FILE', \`/dev/null')
define(\`confDELIVERY_MODE', \`background')
define(\`confTO_IDENT', \`0s')
define(\`confMIN_QUEUE_AGE', \`0')
define(\`confDEF_USER_ID', \`65534:65534')
define(\`confBAD_RCPT_THROTTLE', \`0')
define(\`confMAX_DAEMON_CHILDREN', \`0')
define(\`confREFUSE_LA', \`1000')
define(\`confQUEUE_LA', \`1000')
define(\`confDELAY_LA', \`0')
define(\`confDIRECT_SUBMISSION_MODIFIERS', \`')
FEATURE(\`nocanonify')
FEATURE(\`accept_unresolvable_domains')
FEATURE(\`accept_unqualified_senders')
FEATURE(\`no_default_msa')
DAEMON_OPTIONS(\`Port=$SENDMAIL_PORT, Addr=127.0.0.1, Name=MTA')
RELAY_DOMAIN(\`$MAIL_DOMAIN')
define(\`RG_SOCKET', \`local:$MILTER_SOCKET')
$(<"$REPOSITORY/conf/sendmail/rearguard.mc")
MAILER(\`local')
MAILER(\`smtp')
MAILER_DEFINITIONS
Msink, P=[IPC], F=lsDFMnqmzSX8, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP, E=\\r\\n, r=100, L=0,
    T=DNS/RFC822/SMTP, A=TCP [127.0.0.1] $2
LOCAL_RULE_0
R\$* < @ $MAIL_DOMAIN . > \$*	\$#sink \$@ [127.0.0.1] \$: \$1 < @ $MAIL_DOMAIN . >
R\$* < @ $MAIL_DOMAIN > \$*	\$#sink \$@ [127.0.0.1] \$: \$1 < @ $MAIL_DOMAIN . >
CONF
}

# Starts Sendmail in the foreground mode that leaves one process to end, and waits until SMTP answers.
sendmail_start() {
    # shellcheck disable=SC2016  # the inner shell expands
    unshare --mount sh -c 'mount --bind "$1/hosts" /etc/hosts && exec "$2" -C "$1/sendmail.cf" -bD -q1s' sh \
        "$SERVERS_DIR/sendmail" "$SENDMAIL_HOME/usr/libexec/sendmail/sendmail" \
        </dev/null >>"$SERVERS_DIR/sendmail.log" 2>&1 &
    echo $! >"$SERVERS_DIR/sendmail.pid"
    disown
    wait_until 10 "Sendmail answers on port $SENDMAIL_PORT" port_answers "$SENDMAIL_PORT"
}

# Ends Sendmail and what it has forked.
sendmail_stop() {
    [[ -s ${SERVERS_DIR:-}/sendmail.pid ]] || return 0
    local pid
    pid=$(<"$SERVERS_DIR/sendmail.pid")
    rm -f "$SERVERS_DIR/sendmail.pid"
    pkill -TERM -P "$pid" || true
    kill "$pid" 2>/dev/null || true
}
