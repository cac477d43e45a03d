# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A private S3-compatible server (moto) that checks signatures. It keeps everything in memory.

# s3_available: prints the Python that has moto and boto3, made once below .build; fails when they cannot be had.
s3_available() {
    local place=.build/s3-python
    if ! "$place/bin/python3" -c 'import boto3, moto.server' 2>/dev/null; then
        python3 -m venv "$place" >&2 || return 1
        "$place/bin/pip" install --quiet --disable-pip-version-check 'moto[s3,server]' >&2 || return 1
    fi
    echo "$PWD/$place/bin/python3"
}

# Starts the server with bucket "site" and writes its credentials: needs S3_PYTHON, sets S3_URL and S3_CREDENTIALS.
s3_start() {
    : "${S3_PORT:=$(free_port)}"
    S3_URL=http://127.0.0.1:$S3_PORT
    S3_CREDENTIALS=$SERVERS_DIR/s3-credentials
    "$S3_PYTHON" -c 'import sys; from moto.server import main; main(sys.argv[1:])' -H 127.0.0.1 -p "$S3_PORT" \
        >>"$SERVERS_DIR/s3.log" 2>&1 &
    S3_PID=$!
    disown
    wait_until 30 "the S3 server serves" port_answers "$S3_PORT"
    (umask 077 && s3 setup >"$S3_CREDENTIALS")
}

# s3 COMMAND…: asks the server, not through Rearguard.
s3() {
    AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x "$S3_PYTHON" integration/lib/s3.py "$S3_URL" "$S3_CREDENTIALS" "$@"
}

s3_stop() {
    [[ -z ${S3_PID:-} ]] || kill -CONT "$S3_PID" 2>/dev/null || true
    [[ -z ${S3_PID:-} ]] || kill -KILL "$S3_PID" 2>/dev/null || true
    S3_PID=
}
