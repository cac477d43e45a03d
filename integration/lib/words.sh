# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# How these scripts speak and check. A check that fails ends the script: set -e is on in every one of them.

# Tells the reader what happens next.
say() {
    printf '%s\n' "* $*"
}

# Shows output below the last `say`, indented.
show() {
    sed 's/^/    /'
}

# Reports that something holds.
good() {
    printf '%s\n' "    ok: $*"
}

# Ends the script with the reason.
fail() {
    printf '%s\n' "FAILED: $*" >&2
    exit 1
}

# Reports a thing that was not tested, and why.
skip() {
    printf '%s\n' "SKIPPED: $*"
}

# expect_equal WHAT GOT WANTED
expect_equal() {
    [[ $2 == "$3" ]] || fail "$1: expected '$3', found '$2'"
    good "$1"
}

# expect_contains WHAT TEXT PART
expect_contains() {
    [[ $2 == *"$3"* ]] || fail "$1: expected '$3' in: $2"
    good "$1"
}

# expect_lacks WHAT TEXT PART
expect_lacks() {
    [[ $2 != *"$3"* ]] || fail "$1: did not expect '$3' in: $2"
    good "$1"
}

# Milliseconds since 1970.
now() {
    local now=$EPOCHREALTIME
    echo $((${now/[.,]/} / 1000))
}

# wait_until SECONDS WHAT COMMAND…: runs the command every 50 ms until it succeeds; fails when the time is over.
wait_until() {
    local seconds=$1 what=$2 end
    shift 2
    end=$(($(now) + seconds * 1000))
    until "$@"; do
        (($(now) < end)) || {
            echo "FAILED: waited $seconds s in vain: $what" >&2
            return 1
        }
        sleep 0.05
    done
}
