# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sending by SMTP and reading mailboxes by IMAP, as a stranger and a mailbox's owner would: both with curl.

# write_message FILE SUBJECT TEXT_FILE HTML_FILE [ATTACHMENT]: text and HTML, and a file when given, with CR LF line ends.
write_message() {
    {
        echo "From: Shop <news@shop.example>"
        echo "To: undisclosed-recipients:;"
        echo "Subject: $2"
        echo "Date: $(LC_ALL=C date -R)"
        echo "Message-ID: <$2-$RANDOM@shop.example>"
        echo "MIME-Version: 1.0"
        echo "Content-Type: multipart/mixed; boundary=outer"
        printf '\n--outer\n'
        echo "Content-Type: multipart/alternative; boundary=inner"
        printf '\n--inner\nContent-Type: text/plain; charset=utf-8\n\n'
        cat "$3"
        printf '\n--inner\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n'
        quoted_printable <"$4"
        printf '\n--inner--\n'
        [[ -z ${5:-} ]] || write_attachment "$5"
        printf '\n--outer--\n'
    } | sed 's/$/\r/' >"$1"
}

write_attachment() {
    printf '\n--outer\nContent-Type: application/octet-stream; name="%s"\n' "$(basename "$1")"
    printf 'Content-Disposition: attachment; filename="%s"\n' "$(basename "$1")"
    printf 'Content-Transfer-Encoding: base64\n\n'
    base64 "$1"
}

# Encodes as mail programs do: lines of at most 76 characters, cut anywhere but in an escape; `=` and non-ASCII escaped.
quoted_printable() {
    perl -pe 's/([^\x20-\x3C\x3E-\x7E\n])/sprintf "=%02X", ord $1/ge; s/(.{70,74}(?<!=)(?<!=.))(?=.)/$1=\n/g'
}

# Undoes quoted-printable and CR LF on standard input.
readable() {
    perl -0777 -pe 's/=\r?\n//g; s/=([0-9A-F]{2})/chr hex $1/ge; s/\r//g'
}

# send FILE RECIPIENT…: gives the message to Postfix and prints the code of its last answer before QUIT; nothing when
# there was none.
send() {
    local file=$1 recipient
    local -a to=()
    shift
    for recipient in "$@"; do to+=(--mail-rcpt "$recipient@$MAIL_DOMAIN"); done
    curl -sv "smtp://127.0.0.1:$SMTP_PORT/client.example" --mail-from news@shop.example "${to[@]}" -T "$file" 2>&1 |
        sed -n 's/^< \([245][0-9][0-9]\) .*/\1/p' | sed '/221/d' | tail -n 1 || true
}

# imap USER PATH [CURL OPTION…]: one IMAP command as the mailbox's owner.
imap() {
    local user=$1 path=$2
    shift 2
    curl -sS --login-options AUTH=PLAIN -u "$user:$MAIL_PASSWORD" "imap://127.0.0.1:$IMAP_PORT/$path" "$@"
}

# uids USER FOLDER SUBJECT: prints the UIDs of the messages with that subject, nothing when there is no such folder; what
# the server refused stands in imap.log.
uids() {
    imap "$1" "$2" --max-time 10 -X "UID SEARCH HEADER Subject \"$3\"" 2>>"$SERVERS_DIR/imap.log" | tr -d '\r' | sed -n 's/^\* SEARCH *//p' || true
}

# count USER FOLDER SUBJECT: how many messages with that subject are there.
count() {
    uids "$1" "$2" "$3" | wc -w
}

# message USER FOLDER SUBJECT: prints the (last) message with that subject.
message() {
    local uid
    uid=$(uids "$1" "$2" "$3" | awk '{print $NF}')
    [[ -n $uid ]] || fail "no message '$3' in $2 of $1"
    imap "$1" "$2;UID=$uid"
}

# flags USER FOLDER SUBJECT: prints the flags of the message, sorted, without \Recent.
flags() {
    local uid
    uid=$(uids "$1" "$2" "$3" | awk '{print $NF}')
    imap "$1" "$2" -X "UID FETCH $uid (FLAGS)" | tr -d '\r' | sed -n 's/.*FLAGS (\([^)]*\)).*/\1/p' |
        tr ' ' '\n' | grep -v '^\\Recent$' | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//'
}

# set_flags USER FOLDER SUBJECT FLAGS
set_flags() {
    local uid
    uid=$(uids "$1" "$2" "$3" | awk '{print $NF}')
    imap "$1" "$2" -X "UID STORE $uid FLAGS ($4)" >/dev/null
}

# Whether USER has COUNT messages with SUBJECT in FOLDER.
has() {
    [[ $(count "$1" "$2" "$4") == "$3" ]]
}

# ------------------------------------------------------------------------------ SMTP by hand, to stop in the middle

# Opens a dialogue with Postfix on descriptor 3.
smtp_open() {
    exec 3<>"/dev/tcp/127.0.0.1/$SMTP_PORT"
    smtp_reply >/dev/null
}

# Reads a reply (RFC 5321, section 4.2.1: the last line has a space after the code) and prints its code.
smtp_reply() {
    local line
    while IFS= read -r -t 60 -u 3 line; do
        [[ $line == ???-* ]] || break
    done
    echo "${line:0:3}"
}

# smtp LINE…: sends a line, prints the code of the answer.
smtp() {
    printf '%s\r\n' "$*" >&3
    smtp_reply
}

smtp_close() {
    exec 3>&-
}
