#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""browse.py PORT KEYFILE PROFILE SHOTS: goes through the pages in headless Chromium, over its debugging pipe."""
import base64
import http.server
import json
import os
import subprocess
import sys
import threading
import time

import clicks

port, key, profile, shots = int(sys.argv[1]), clicks.current_key(sys.argv[2]), sys.argv[3], sys.argv[4]
arrived = []


class Target(http.server.BaseHTTPRequestHandler):
    """The web site that links lead to."""

    def do_GET(self):
        arrived.append((self.command, self.path, self.headers.get("Host"), self.headers.get("Referer")))
        body = b"<!doctype html><title>arrived</title>arrived"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
threading.Thread(target=site.serve_forever, daemon=True).start()
site_port = site.server_address[1]


class Browser:
    """Chromium, spoken to in JSON over two pipes."""

    def __init__(self):
        to_browser, self.out = os.pipe()
        self.into, from_browser = os.pipe()

        def wire():
            # The browser reads descriptor 3 and writes 4; both must outlive the exec.
            first, second = os.dup(to_browser), os.dup(from_browser)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--remote-debugging-pipe", f"--user-data-dir={profile}", "--host-resolver-rules=MAP * 127.0.0.1",
             "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable", "about:blank"],
            preexec_fn=wire, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.session, self.events = b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def receive(self):
        while b"\0" not in self.buffer:
            more = os.read(self.into, 1 << 20)
            if not more:
                raise SystemExit("chromium has ended")
            self.buffer += more
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def wait(self, method):
        for event in self.events:
            if event.get("method") == method:
                self.events.clear()
                return
        while self.receive().get("method") != method:
            pass

    def open(self, url):
        self.events.clear()
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")

    def run(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in result:
            raise SystemExit(result["exceptionDetails"])
        return result["result"].get("value")

    def device(self, name):
        width, height, scale, mobile = {"phone": (390, 844, 2, True), "desktop": (1280, 900, 1, False)}[name]
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=mobile)

    def dark(self, is_dark):
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}])

    def language(self, text):
        self.call("Network.setExtraHTTPHeaders", headers={"Accept-Language": text})

    def press(self, key, code, text=""):
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, text=text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    def tab_to(self, selector):
        """By keyboard alone, as somebody without a mouse would."""
        for _ in range(12):
            self.press("Tab", 9)
            if self.run(f"document.activeElement.matches({json.dumps(selector)})"):
                outline = self.run("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none", f"{selector} shows no focus"
                return
        raise SystemExit(f"{selector} is not reached by Tab")

    def shoot(self, name):
        size = self.run("[document.documentElement.scrollWidth, innerWidth]")
        assert size[0] <= size[1], f"{name}: wider than the screen: {size}"
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        with open(os.path.join(shots, f"{name}.png"), "wb") as file:
            file.write(base64.b64decode(data))


# Every piece of text against what is behind it (WCAG 2.2, 1.4.3: 4.5 to 1), and the size of what is pressed (2.5.8).
CHECK = """(() => {
  const bad = [];
  const numbers = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => { const v = numbers(c).slice(0, 3).map(x => x / 255).map(x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (numbers(c)[3] !== 0) return c; } return 'rgb(255,255,255)'; };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; n = walk.nextNode();) {
    if (!n.data.trim()) continue;
    const e = n.parentElement, a = light(getComputedStyle(e).color), b = light(behind(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.push(n.data.trim() + ' has a contrast of ' + ratio.toFixed(2));
  }
  for (const e of document.querySelectorAll('button, summary')) {
    if (e.getBoundingClientRect().height < 24) bad.push(e.textContent + ' is too small');
    if (!e.textContent.trim()) bad.push('a button without a name');
  }
  if (!document.documentElement.lang) bad.push('no language');
  if (!document.title) bad.push('no title');
  if (document.querySelectorAll('h1').length !== 1) bad.push('not one h1');
  if (document.scripts.length) bad.push('a script');
  return bad;
})()"""


def origin(host):
    return f"http://{host}:{site_port}"


def link(target, ordinal=0):
    return f"http://127.0.0.1:{port}{clicks.path(key, target, ordinal)}"


browser = Browser()
PAGES = {
    "warning": link(origin("warn.example") + "/offer?id=1"),
    "block": link(origin("block.example") + "/login"),
    "outside": link(origin("shop.example") + "/catalogue"),
    "warning-idn": link("https://xn--bcher-kva.example/" + "very/long/" * 30),
    "not-found": f"http://127.0.0.1:{port}/to/a/b",
}
looked = 0
for language in ("en", "de", "fr", "es", "it"):
    browser.language(language)
    for device in ("phone", "desktop"):
        browser.device(device)
        for is_dark in (False, True):
            browser.dark(is_dark)
            for name, url in PAGES.items():
                browser.open(url)
                problems = browser.run(CHECK)
                assert not problems, (name, language, device, problems)
                assert browser.run("document.documentElement.lang") == language
                if language in ("en", "de") or name == "warning":
                    browser.shoot(f"{name}-{language}-{device}{'-dark' if is_dark else ''}")
                looked += 1
print(f"{looked} pages looked at: 5 languages, phone and desktop, light and dark; contrast, names, sizes, width hold")
browser.language("en")
browser.dark(False)

for device in ("phone", "desktop"):
    browser.device(device)
    browser.open(PAGES["warning"])
    assert browser.run("document.querySelector('.host').textContent") == f"warn.example:{site_port}"
    # A reader's time (click.proceed_delay).
    time.sleep(2.1)
    arrived.clear()
    browser.tab_to(".proceed button")
    browser.press("Enter", 13, "\r")
    browser.wait("Page.loadEventFired")
    assert browser.run("document.title") == "arrived", browser.run("location.href")
    assert browser.run("location.href") == origin("warn.example") + "/offer?id=1"
    assert arrived[0] == ("GET", "/offer?id=1", f"warn.example:{site_port}", None), arrived
print("warning page: Tab and Enter lead on, on both; the target gets a GET without Referer")

browser.open(PAGES["block"])
assert browser.run("document.querySelectorAll('.proceed').length") == 0
arrived.clear()
browser.tab_to(".report button[value=phishing]")
browser.press("Enter", 13, "\r")
browser.wait("Page.loadEventFired")
assert "Thank you" in browser.run("document.querySelector('h1').textContent")
browser.shoot("reported-en-desktop")
browser.open(PAGES["warning"])
browser.tab_to(".report button[value=safe]")
browser.press("Enter", 13, "\r")
browser.wait("Page.loadEventFired")
assert "Thank you" in browser.run("document.querySelector('h1').textContent")
assert not arrived, arrived
print("block page: no way on; both reports are thanked for; nobody went to the target")

# Going on from the warning page made this device known, so the stranger's page is met by a fresh browser only.
browser.call("Network.clearBrowserCookies")
browser.open(PAGES["outside"])
time.sleep(2.1)
browser.tab_to(".proceed button")
browser.press("Enter", 13, "\r")
browser.wait("Page.loadEventFired")
assert browser.run("document.title") == "arrived"
browser.open(PAGES["outside"])
assert browser.run("document.title") == "arrived", "a device that went on is asked again"
print("a stranger is asked once, then known by a cookie")

reports = [e for e in browser.events if e.get("method") == "Log.entryAdded"
           and "Content Security Policy" in e["params"]["entry"].get("text", "")]
assert not reports, reports
browser.call("Browser.close")
browser.process.wait(10)
