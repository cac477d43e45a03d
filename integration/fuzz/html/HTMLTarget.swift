// SPDX-License-Identifier: Apache-2.0

// HTML under the fuzzer: scan, rewrite, scan again.

import Bytes
import Links
import URLSyntax

private let own: [UInt8] = ("https://click.example.org/to/a.example/AQIDBA-_x" as StaticString).bytes
private let ownHost: [UInt8] = ("click.example.org" as StaticString).bytes

/// Called by libFuzzer for each input.
@c(LLVMFuzzerTestOneInput)
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    check(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

private func check(_ document: [UInt8]) {
    let first = HTMLLinks.candidates(in: document)
    if first.isAmbiguous { return }  // such a message is not delivered
    let second = rewritten(document, first)
    let again = HTMLLinks.candidates(in: second)
    guard again.candidates.allSatisfy({ $0.url.hostBytes == ownHost }) else { fatalError("a link is left") }
    if again.removals.isEmpty { return }
    // Where readings of the tree differ, what one wrote may be a duplicate of ours to another, which then goes too.
    let last = HTMLLinks.candidates(in: rewritten(second, again))
    guard again.removals.allSatisfy({ $0.reason == .element("duplicate attribute") }), last.removals.isEmpty else {
        fatalError("something is left to take away")
    }
}

private func rewritten(_ document: [UInt8], _ scan: LinkScan) -> [UInt8] {
    var patches = scan.candidates.map { $0.patch(rewrittenURL: own) } + scan.removals.map(\.patch)
    patches.sort { $0.range.lowerBound < $1.range.lowerBound }
    guard let rewritten = try? patches.applied(to: document) else { fatalError("patches that do not fit") }
    return rewritten
}
