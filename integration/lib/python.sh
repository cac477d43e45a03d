# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Python programs that judge from outside: an HTML parser and a URL parser that are not ours.

# python_with_parsers: prints the Python that has html5lib and ada-url, made once below .build.
python_with_parsers() {
    local place=.build/judge-python
    if ! "$place/bin/python3" -c 'import ada_url, html5lib' 2>/dev/null; then
        python3 -m venv "$place" >&2
        "$place/bin/pip" install --quiet --disable-pip-version-check html5lib ada-url >&2
    fi
    echo "$PWD/$place/bin/python3"
}
