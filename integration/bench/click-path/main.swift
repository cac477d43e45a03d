// SPDX-License-Identifier: Apache-2.0

// What integration/bench/click needs and no program of ours makes by itself: many links, and an index of a million.
//
//   bench-click-path links KEYFILE CLICK_URL COUNT     prints COUNT rewritten links
//   bench-click-path index FILE COUNT                  writes a verdict index of COUNT domains that no link of the above has
//   bench-click-path path KEYFILE INDEX COUNT          times the click path without a network, in microseconds a click

import Bytes
import Foundation
import Journal
import LinkTokens
import Mail
import Redirector
import URLSyntax
import Verdicts
import Web

func links(_ keys: KeyRing, _ clickURL: String, _ count: Int) -> [[UInt8]] {
    guard let mint = LinkMint(clickURL: Array(clickURL.utf8), keys: keys) else { return [] }
    return (0..<count).compactMap { number in
        let host = "www.shop\(number % 997).example.com"
        let target = "https://\(host)/catalogue/item/\(number)?utm_source=news&utm_campaign=autumn&id=\(number * 7_919)"
        let token = LinkToken(
            reference: .random(), ordinal: number % 40, recipient: 1, day: LinkToken.day(at: Redirector.systemTime()),
            target: Array(target.utf8))
        return mint.rewrittenURL(token, host: Array(host.utf8))
    }
}

func index(_ path: String, _ count: Int) throws {
    let indicators = (1...max(1, count)).lazy.map { number in
        Indicator(
            number: Int64(number), kind: .domain, pattern: "bad\(number).example.net/",
            value: "bad\(number).example.net",
            verdict: .malicious, source: "bench", reason: nil, createdAt: 0, expiresAt: nil)
    }
    try VerdictIndex.write(indicators, to: path)
}

func path(_ keys: KeyRing, _ indexPath: String, _ count: Int) async throws {
    let file = VerdictIndexFile(path: indexPath)
    let directory = FileManager.default.temporaryDirectory.appending(path: "bench-click-path-\(getpid())").path
    let writer = try JournalWriter(directory: directory)
    defer {
        writer.close()
        try? FileManager.default.removeItem(atPath: directory)
    }
    let clickURL = "https://links.example.org"
    let pages = URL(filePath: #filePath).appending(path: "../../../../conf/pages").standardized.path
    var policy = ClickPolicy()
    policy.rates.perLink = 0
    let redirector = Redirector(
        clickURL: Array(clickURL.utf8), policy: policy, keys: { keys },
        pages: try ClickPages(directory: pages, site: "x", contact: nil), judge: { file.current()?.judge($0) },
        journal: DiskClickJournal(writer, sync: .batch))
    let requests = links(keys, clickURL, 1_000).map {
        WebRequest(target: Array($0.dropFirst(clickURL.utf8.count)), fields: [WebField("Host", "x")], peer: "127.0.0.1")
    }
    for round in 1...5 {
        let begin = ContinuousClock.now
        for number in 0..<count {
            guard case .kept(let record, let answer) = redirector.reply(to: requests[number % requests.count]) else {
                return print("a click was not recorded")
            }
            try writer.write(record)
            guard answer(nil).status == 302 else { return print("a click was not followed") }
        }
        let time = (ContinuousClock.now - begin) / count
        print("round \(round): \(time)")
    }
}

let arguments = CommandLine.arguments
switch (arguments.dropFirst().first, arguments.count) {
case ("links", 5):
    let keys = try KeyRing.load(path: arguments[2])
    for link in links(keys, arguments[3], Int(arguments[4]) ?? 0) { print(link.text) }
case ("index", 4): try index(arguments[2], Int(arguments[3]) ?? 0)
case ("path", 5): try await path(try KeyRing.load(path: arguments[2]), arguments[3], Int(arguments[4]) ?? 0)
default:
    print("usage: bench-click-path links KEYFILE CLICK_URL COUNT | index FILE COUNT | path KEYFILE INDEX COUNT")
    exit(64)
}
