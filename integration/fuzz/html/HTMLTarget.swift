// SPDX-License-Identifier: Apache-2.0

// HTML under the fuzzer: scan, rewrite, scan again.

import Bytes
import Links
import URLSyntax

private let own: [UInt8] = ("https://click.example.org/to/a.example/AQIDBA-_x" as StaticString).bytes
private let ownHost: [UInt8] = ("click.example.org" as StaticString).bytes

@c(LLVMFuzzerTestOneInput)
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    check(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

private func check(_ document: [UInt8]) {
    let scan = HTMLLinks.candidates(in: document)
    var patches = scan.candidates.map { $0.patch(rewrittenURL: own) } + scan.removals.map(\.patch)
    patches.sort { $0.range.lowerBound < $1.range.lowerBound }
    guard let rewritten = try? patches.applied(to: document) else { fatalError("patches that do not fit") }
    let again = HTMLLinks.candidates(in: rewritten)
    guard again.candidates.allSatisfy({ $0.url.hostBytes == ownHost }) else { fatalError("a link is left") }
    guard again.removals.isEmpty else { fatalError("something is left to take away") }
}
