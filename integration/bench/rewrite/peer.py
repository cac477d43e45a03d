#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""peer.py FOLDER SECONDS KIND: what others need for the same messages; prints what bench-rewrite prints.

KIND is how links are found in a text part whose transfer encoding the email package has undone:
  htmlparser   html.parser of the standard library (what a filter in Python does)
  lxml         libxml2's HTML parser, a tree, links replaced, printed again
  regex        a regular expression over the decoded text: fast, and blind to most of what is tried
"""
import email
import email.policy
import html.parser
import pathlib
import re
import sys
import time

WRAPPED = "https://links.example.org/to/a.example/" + "A" * 150
URL = re.compile(r"https?://[^\s\"'<>]+")


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.places = 0

    def handle_starttag(self, tag, attrs):
        self.places += sum(1 for name, value in attrs if name in ("href", "action", "src") and value)


def rewrite(text, kind, is_html):
    if kind == "regex" or not is_html:
        return URL.sub(WRAPPED, text)
    if kind == "lxml":
        import lxml.html
        tree = lxml.html.document_fromstring(text) if text.strip() else None
        if tree is None:
            return text
        tree.rewrite_links(lambda link: WRAPPED if link.startswith("http") else link)
        return lxml.html.tostring(tree, encoding="unicode")
    finder = Links()
    finder.feed(text)
    return URL.sub(WRAPPED, text)


def handle(data, kind):
    message = email.message_from_bytes(data)
    for part in message.walk():
        if part.get_content_maintype() != "text":
            if not part.is_multipart():
                part.get_payload(decode=True)
            continue
        raw = part.get_payload(decode=True) or b""
        text = raw.decode("utf-8", "replace")
        try:
            changed = rewrite(text, kind, part.get_content_subtype() == "html")
        except Exception:  # a peer that gives up on a message has been quick with it; that is to its credit here
            continue
        if changed != text:
            encoding = part["Content-Transfer-Encoding"]
            del part["Content-Transfer-Encoding"]
            part.set_payload(changed.encode("utf-8", "replace"))
            (email.encoders.encode_base64 if encoding == "base64" else email.encoders.encode_quopri)(part)
    return message.as_bytes()


def main():
    import email.encoders  # noqa: F401
    folder, seconds, kind = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    messages = [path.read_bytes() for path in sorted(pathlib.Path(folder).glob("*.eml"))]
    size = count = 0
    start = time.process_time()
    while time.process_time() - start < seconds:
        for data in messages:
            try:
                handle(data, kind)
            except Exception:
                pass
            size += len(data)
            count += 1
            if time.process_time() - start > 4 * seconds:
                break
    print(size, int((time.process_time() - start) * 1e9), count, count)


main()
