#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check.py BEFORE AFTER SCAN PREFIX UNWRAP: what rewriting changed, as Python's own parser sees it.

BEFORE and AFTER are folders of messages, SCAN what `rearguard scan --json` says of BEFORE, PREFIX the begin of rewritten
links, UNWRAP a command that reads links, one a line, and prints what each stands for.

A message passes when
- its header fields are the same, but for those that describe the content (Content-Type, Content-Transfer-Encoding,
  MIME-Version) where the content was written anew;
- it has the same parts, and those without a changed link have the same bytes;
- the text of the others differs in links only: with every rewritten link put back to what it stands for, it is the text
  that came. Where a place lost its target (a link no browser may open), the text without markup must be the same.
"""
import email
import html
import json
import os
import re
import shlex
import subprocess
import sys
from email import policy

import ada_url
import html5lib

# Where Python reads a message differently, with the reason.
KNOWN = {
    "emails_attachment_emails_attachment_message_rfc822_inline_im":
        "an attached message begins with an mbox line: to Python its header section follows, to us its body",
}
CONTENT = {"content-type", "content-transfer-encoding", "mime-version"}
# What Python parses into messages, and mail clients show as text.
REPORTS = {"message/delivery-status", "message/global-delivery-status", "message/disposition-notification",
           "message/global-disposition-notification", "message/global-headers"}


def parse(data):
    if b"\n" not in data:       # a file of an old Mac: Python knows no soft line break before a bare CR
        data = data.replace(b"\r", b"\r\n")
    return email.message_from_bytes(data, policy=policy.compat32)


def fields(message):
    """The fields; a line of white space only, at which some clients end the header section, may have gone."""
    return [(k, re.sub(r"\r?\n[ \t]+(?=\r?\n|$)", "", str(v))) for k, v in message.raw_items() if k.lower() not in CONTENT]


def leaves(message):
    if not message.is_multipart() or message.get_content_type() in REPORTS:
        return [message]
    return [leaf for part in message.get_payload() for leaf in leaves(part)]


def kind(part):
    """Its type; a multipart that names no boundary is text (RFC 2045, section 5.2), and may say so when it is written anew."""
    return "text/plain" if part.get_content_maintype() == "multipart" else part.get_content_type()


def text(part):
    """The decoded content as characters, and whether its charset was what it says."""
    if part.is_multipart():     # a report
        blocks = (["%s: %s" % field for field in block.raw_items()] + [str(block.get_payload())] for block in part.get_payload())
        return "\n".join(line for block in blocks for line in block), True
    encoding = re.search(r"base64|quoted-printable", str(part.get("Content-Transfer-Encoding", "")), re.I)
    if encoding:
        del part["Content-Transfer-Encoding"]
        part["Content-Transfer-Encoding"] = encoding.group().lower()
    payload = part.get_payload(decode=True) or b""
    charset = str(part.get_param("charset", failobj="") or "").strip("'\"").lower()
    try:
        return payload.decode(charset or "ascii"), True
    except (LookupError, ValueError, UnicodeError):
        return payload.decode("latin-1"), False


def attribute(value):
    """An attribute's value as HTML reads it: `&copy=` is no reference there."""
    tree = html5lib.parse('<a href="%s">' % value.replace('"', "&quot;"), treebuilder="etree", namespaceHTMLElements=False)
    link = tree.find(".//a")
    return link.get("href", "") if link is not None else value


def same_url(found, target, bases):
    """Whether what stood in the text is the URL that the token stands for."""
    spelled = {found, html.unescape(found), attribute(found)}
    spelled |= {s.strip(" \t\r\n\f\x00") for s in spelled}
    spelled |= {re.sub(r"[\x80-\xff]", lambda m: "%%%02X" % ord(m.group()), s) for s in spelled}
    spelled |= {re.sub(r"[\t\r\n]", "", s) for s in spelled} | {re.sub(r"\s*\r?\n[ \t]?", "", s) for s in spelled}
    if target in spelled:
        return True
    for s in spelled:
        for candidate in (s, "http://" + s):
            for base in (None, *bases):
                try:
                    if ada_url.URL(candidate, base).href == ada_url.URL(target).href:
                        return True
                except ValueError:
                    continue
    return False


def differs_in_links_only(before, after, prefix, targets):
    """The reason why not, or None."""
    bases = re.findall(r"(?i)<base\b[^>]*?href\s*=\s*[\"']?([^\"'>\s]+)", before)
    pattern = re.compile(re.escape(prefix) + r"to/[^/\s\"'<>]+/[A-Za-z0-9_-]*[A-Za-z0-9]")
    # Most links stood there exactly as the token has them.
    if pattern.sub(lambda m: targets.get(m.group(), m.group()), after) == before:
        return None
    found = list(pattern.finditer(after))
    place = end = 0
    for index, link in enumerate(found):
        chunk = after[end:link.start()]
        follows = after[link.end():found[index + 1].start() if index + 1 < len(found) else len(after)]
        position = None
        # Quotes may have been put around a value that had none, brackets around a link in text.
        for ahead in (chunk, chunk[:-1] if chunk[-1:] in ("\"", "<") else None,
                      chunk[:-2] if chunk[-2:] == "=\"" else None):
            if ahead is not None and before.startswith(ahead, place):
                position = place + len(ahead)
                break
        if position is None:
            return "text before %s: %r became %r" % (targets.get(link.group()), before[place:place + 80], chunk[-80:])
        target = targets.get(link.group())
        if target is None:
            return "a link that unwraps to nothing: " + link.group()[:200]
        for behind in (follows, follows[1:] if follows[:1] in ("\"", ">") else None):
            if behind is None:
                continue
            mark, start = behind[:60], position
            if len(behind) <= 60 and index + 1 < len(found):    # a quote that was put before the next link
                mark = mark[:-2] if mark.endswith("=\"") else mark.rstrip("\"<")
            while (start := before.find(mark, start)) >= 0:
                if start - position > 3 * len(target) + 400:
                    break
                if same_url(before[position:start], target, bases):
                    break
                start += 1
            if 0 <= start and same_url(before[position:start], target, bases):
                place, end = start, link.end() + (len(follows) - len(behind))
                break
        else:
            return "%r is not what stood there: %r" % (target[:120], before[position:position + 120])
    return None if before[place:] == after[end:] else "the text behind the last link was changed"


def visible(part_text):
    tree = html5lib.parse(part_text, treebuilder="etree")
    return re.sub(r"[\s\[\]]+", "", "".join(tree.itertext()))


def check(before, after, record, prefix, targets, unread):
    """The reasons why a message does not pass; parts that Python cannot read are added to `unread`."""
    old, new = parse(before), parse(after)
    if record["rewriting"] != "rewritten":
        return [] if before == after else ["changed although nothing was rewritten"]
    problems = []
    if fields(old) != fields(new):
        problems.append("header fields were changed")
    was, now = leaves(old), leaves(new)
    if [kind(p) for p in was] != [kind(p) for p in now]:
        return problems + ["it has other parts"]
    removed = any(link.get("removed") for link in record["links"])
    for number, (a, b) in enumerate(zip(was, now), 1):
        if a.as_bytes() == b.as_bytes():
            continue
        if fields(a) != fields(b):
            problems.append("part %d: header fields were changed" % number)
        (one, is_read), (two, _) = text(a), text(b)
        if not is_read and a.get_content_charset() != b.get_content_charset():
            unread.append(number)       # its charset is not what it says, and Python cannot tell what it is
            continue
        # Clients drop zero bytes, and so do we where a part is written anew.
        one, two = (s.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "") for s in (one, two))
        # To Python the line end before a delimiter belongs to a multipart without parts, and not to a text.
        if a is not old and a.get_content_maintype() == "multipart" and b.get_content_maintype() == "text":
            one = one.removesuffix("\n")
        # A part that was written anew says so in its HTML, too.
        one, two = (re.sub(r"(?i)(<meta\b[^>]*charset\s*=\s*[\"']?)[\w-]+", r"\1", s) for s in (one, two))
        if a.get_content_type() == "text/calendar":     # folded lines (RFC 5545, section 3.1)
            one, two = (re.sub(r"\r?\n[ \t]", "", s) for s in (one, two))
        # What stands behind the padding of base64 is text to some clients and nothing to Python.
        has_tail = "base64" in str(a.get("Content-Transfer-Encoding", "")).lower() and re.search(
            r"=\s*\n[^A-Za-z0-9+/]*[A-Za-z0-9+/]{4}", str(a.get_payload()))
        if has_tail and two.startswith(one[-20:], two.rfind(one[-20:])):
            two = two[:two.rfind(one[-20:]) + 20]
        if removed:
            if "html" in a.get_content_type() and visible(one) != visible(re.sub(
                    re.escape(prefix) + r"to/[^/\s\"'<>]+/[A-Za-z0-9_-]*[A-Za-z0-9]", lambda m: targets.get(m.group(), ""), two)):
                problems.append("part %d: visible text was changed" % number)
            continue
        reason = differs_in_links_only(one, two, prefix, targets)
        if reason:
            problems.append("part %d: %s" % (number, reason))
    return problems


def main():
    before, after, scan, prefix, unwrap = sys.argv[1:6]
    records = {}
    with open(scan, encoding="utf-8") as lines:
        for line in lines:
            finding = json.loads(line)
            records[os.path.basename(finding["file"])] = finding["record"]
    outputs = {}
    links = set()
    pattern = re.compile(re.escape(prefix) + r"to/[^/\s\"'<>]+/[A-Za-z0-9_-]*[A-Za-z0-9]")
    for name in sorted(os.listdir(after)):
        if name.endswith(".eml"):
            with open(os.path.join(after, name), "rb") as file:
                outputs[name] = file.read()
            for part in leaves(parse(outputs[name])):
                content = text(part)[0]
                if part.get_content_type() == "text/calendar":
                    content = re.sub(r"\r?\n[ \t]", "", content)
                links |= set(pattern.findall(content))
    links = sorted(links)
    answers = subprocess.run(shlex.split(unwrap), input="\n".join(links) + "\n", text=True, capture_output=True,
                             check=False).stdout.split("\n")
    targets = {link: answer for link, answer in zip(links, answers) if answer}
    failed = refused = changed = 0
    unread = []
    reasons = {}
    for count, (name, record) in enumerate(sorted(records.items()), 1):
        if count % 500 == 0:
            print("    %d of %d" % (count, len(records)), flush=True)
        if name not in outputs:
            refused += 1
            reason = record.get("reason") or "verdict"
            reasons[reason] = reasons.get(reason, 0) + 1
            continue
        with open(os.path.join(before, name), "rb") as file:
            original = file.read()
        changed += original != outputs[name]
        if any(known in name for known in KNOWN):
            continue
        problems = check(original, outputs[name], record, prefix, targets, unread)
        if problems:
            failed += 1
            print("    FAIL %s" % name)
            for problem in problems[:3]:
                print("         " + problem.encode("ascii", "backslashreplace").decode())
    for reason, count in sorted(reasons.items()):
        print("    refused: %d because of %s" % (count, reason))
    print("    %d messages, %d changed, %d refused, %d links rewritten, %d of them unwrap"
          % (len(records), changed, refused, len(links), len(targets)))
    if unread:
        print("    %d parts in charsets that are not what they say could not be compared" % len(unread))
    print("    %d passed, %d failed" % (len(records) - failed, failed))
    return 1 if failed or len(targets) != len(links) or not changed else 0


if __name__ == "__main__":
    sys.exit(main())
