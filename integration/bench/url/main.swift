// SPDX-License-Identifier: Apache-2.0

// What parsing one URL costs: `REARGUARD_BENCH=1 swift run -c release bench-url [FILE]`. FILE has one URL a line.

import Bytes
import Foundation
import URLSyntax

private let samples: [(name: String, url: String)] = [
    ("short", "https://www.example.com/"),
    (
        "newsletter",
        "https://click.mail.example.com/?qs=0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9&utm_source=mail"
    ),
    (
        "path",
        "https://www.example.org/a/b/c/d/e/article-about-something-2026.html?utm_source=news&utm_medium=email#top"
    ),
    ("escapes", "https://example.net/%E4%BD%A0%E5%A5%BD?q=%20x&r=a|b \"c\""),
    ("internationalised", "https://b\u{FC}cher.example/stra\u{DF}e"),
    ("long host", "https://" + String(repeating: "\u{4E2D}", count: 1_365) + ".example/"),
    (
        "four long labels",
        "https://" + String(repeating: String(repeating: "\u{4E2D}\u{E9}\u{1F600}", count: 19) + ".", count: 4)
    ),
    ("address", "http://[2001:db8::1]:8080/x"),
]

private func nanoseconds(_ url: [UInt8], rounds: Int) -> Double {
    var size = 0
    let time = ContinuousClock().measure {
        for _ in 0..<rounds { size &+= (try? WebURL.parse(url))?.path.count ?? 1 }
    }
    precondition(size > 0)
    return Double(time.components.attoseconds) / 1e9 / Double(rounds) + Double(time.components.seconds) * 1e9
        / Double(rounds)
}

if let file = CommandLine.arguments.dropFirst().first, let data = FileManager.default.contents(atPath: file) {
    let urls = Array(data).split(separator: .lineFeed).map(Array.init)
    let time = ContinuousClock().measure { for url in urls { _ = try? WebURL.parse(url) } }
    print("\(urls.count) URLs in \(time)")
} else {
    for sample in samples {
        let bytes = Array(sample.url.utf8)
        _ = nanoseconds(bytes, rounds: 100)
        let best = (0..<5).map { _ in nanoseconds(bytes, rounds: 2_000) }.min() ?? 0
        print("\(sample.name): \(bytes.count) bytes, \(Int(best)) ns")
    }
}
