// SPDX-License-Identifier: Apache-2.0

// URLs and visible text under the fuzzer: parse, canonicalise, unwrap; scan text in every format, rewrite, scan again.
//
// The first byte chooses what the rest is, and how long our links are.

import Bytes
import Links
import URLSyntax

private let own: [UInt8] = ("https://click.example.org/to/a.example/AQIDBA-_x" as StaticString).bytes
/// One that a calendar has to fold.
private let longOwn: [UInt8] =
    ("https://click.example.org/to/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com/" as StaticString).bytes
    + [UInt8](repeating: UInt8(ascii: "T"), count: 90)
private let ownHost: [UInt8] = ("click.example.org" as StaticString).bytes
private let base = try? WebURL.parse(("https://user@base.example:8443/a/b?c#d" as StaticString).bytes)

/// What libFuzzer calls with each input.
@c(LLVMFuzzerTestOneInput)
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let choice = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    let own = choice & 8 == 0 ? own : longOwn
    switch choice % 8 {
    case 0: check(url: rest, base: nil)
    case 1: check(url: rest, base: base)
    case 2: check(text: rest, .plain(flow: nil), own)
    case 3: check(text: rest, .plain(flow: TextFlow(deletesSpace: true)), own)
    case 4: check(text: rest, .calendar, own)
    case 5: check(text: rest, .enriched, own)
    case 6: check(text: rest, .plain(flow: nil), charset: .windows1252, own)
    default: check(url: ("https://" as StaticString).bytes + rest, base: nil)
    }
    return 0
}

private func check(url input: [UInt8], base: WebURL?) {
    guard let url = try? WebURL.parse(input, base: base) else { return }
    guard (try? WebURL.parse(url.serialized)) == url else { fatalError("read again it is another URL") }
    guard url.serialized.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { fatalError("a byte that no URL has") }
    if let canonical = CanonicalURL(url), canonical.expressions.count > 42 { fatalError("too many expressions") }
    if let domain = url.registrableDomain, domain.count > url.hostBytes.count { fatalError("a domain over its host") }
    guard let unwrapped = VendorLinks.unwrap(url) else { return }
    guard !unwrapped.layers.isEmpty, unwrapped.layers.count <= 8, unwrapped.target?.isWeb != false else {
        fatalError("layers that are none")
    }
}

private func check(text: [UInt8], _ format: LinkFormat, charset: TextCharset = .utf8, _ own: [UInt8]) {
    let scan = PartLinks.scan(text, as: format, charset: charset, limits: LinkLimits())
    if scan.isAmbiguous { return }  // such a message is not delivered
    let second = rewritten(text, scan, own)
    let again = PartLinks.scan(second, as: format, charset: charset, limits: LinkLimits())
    guard again.candidates.allSatisfy({ $0.url.hostBytes == ownHost }) else { fatalError("a link is left") }
    if again.removals.isEmpty { return }
    // In the markup of a calendar, what was written for the reading as text may make a second attribute of a name, which
    // browsers drop, a link of ours; it goes at the next reading.
    let last = PartLinks.scan(rewritten(second, again, own), as: format, charset: charset, limits: LinkLimits())
    guard again.removals.allSatisfy({ $0.reason == .element("duplicate attribute") }), last.removals.isEmpty else {
        fatalError("something is left to take away")
    }
}

private func rewritten(_ text: [UInt8], _ scan: LinkScan, _ own: [UInt8]) -> [UInt8] {
    var patches = scan.candidates.map { $0.patch(rewrittenURL: own) } + scan.removals.map(\.patch)
    patches.sort { $0.range.lowerBound < $1.range.lowerBound }
    guard let rewritten = try? patches.applied(to: text) else { fatalError("patches that do not fit") }
    return rewritten
}
