// SPDX-License-Identifier: Apache-2.0

// How fast links in HTML are found and rewritten on one core: MB/s over generated newsletters, or over the HTML files
// that are named. `--json` prints the best time of one pass in nanoseconds, for integration/bench/compare-html.

import Bytes
import Foundation
import Links

let token = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
let own: [UInt8] = Array("https://click.example.org/to/www.shop.example/\(token)".utf8)

func patched(_ html: [UInt8]) -> Int {
    let scan = HTMLLinks.candidates(in: html)
    var patches = scan.candidates.map { $0.patch(rewrittenURL: own) } + scan.removals.map(\.patch)
    if !scan.removals.isEmpty { patches.sort { $0.range.lowerBound < $1.range.lowerBound } }
    return (try? patches.applied(to: html))?.count ?? 0
}

/// A newsletter of some 60 KB as shops send them: nested tables, inline styles, tracking links, conditional comments.
func newsletter(_ seed: Int) -> [UInt8] {
    var html = """
        <!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
        <html xmlns="http://www.w3.org/1999/xhtml"><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
        <title>Offers of the week \(seed)</title><style type="text/css">
        \(String(repeating: ".c{margin:0;padding:0 10px;font-family:Arial,sans-serif;font-size:14px;line-height:20px}\r\n", count: 40))
        </style><!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml><![endif]-->
        </head><body style="margin:0;padding:0;background-color:#f4f4f4"><table width="100%" cellpadding="0" cellspacing="0">\r\n
        """
    var item = 0
    while html.utf8.count < 60_000 {
        item += 1
        html += """
            <tr><td align="center" valign="top" style="padding:20px 10px 0 10px;border-bottom:1px solid #dddddd;">
            <table border="0" cellpadding="0" cellspacing="0" width="600" class="c"><tr><td style="font-size:14px;color:#333333">
            <a href="https://www.shop.example/c/\(seed)/\(item)?utm_source=newsletter&amp;utm_medium=email&amp;id=\(item * 7919)" target="_blank" style="color:#0066cc;text-decoration:none"><img src="https://img.shop.example/p/\(item).jpg" width="280" height="210" alt="Product \(item)" border="0" style="display:block" /></a></td>
            <td style="padding-left:20px"><p style="margin:0 0 10px 0">Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua. Only &euro;&nbsp;\(item).99 &ndash; until Sunday.</p>
            <a href="https://www.shop.example/buy/\(item)?s=\(seed)" style="background-color:#e4002b;color:#ffffff;padding:12px 24px">Buy now</a></td></tr></table></td></tr>\r\n
            """
    }
    return Array((html + "</table></body></html>").utf8)
}

let asJSON = CommandLine.arguments.contains("--json")
let files = CommandLine.arguments.dropFirst().filter { $0 != "--json" }
let documents: [[UInt8]] =
    files.isEmpty ? (0..<20).map(newsletter) : files.compactMap { try? [UInt8](Data(contentsOf: URL(filePath: $0))) }
let size = documents.reduce(0) { $0 + $1.count }
var best = Duration.seconds(1_000)
var written = 0
for _ in 0..<30 {
    let time = ContinuousClock().measure { written = documents.reduce(0) { $0 + patched($1) } }
    best = min(best, time)
}
let seconds = Double(best.components.seconds) + Double(best.components.attoseconds) / 1e18
if asJSON {
    print("{\"name\": \"rearguard\", \"bytes\": \(size), \"seconds\": \(seconds)}")
} else {
    let links = documents.reduce(0) { $0 + HTMLLinks.candidates(in: $1).candidates.count }
    let rate = Int(Double(size) / seconds / 1e6)
    print("\(documents.count) documents, \(size) bytes, \(links) links, \(written) bytes written: \(rate) MB/s")
}
