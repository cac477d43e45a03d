// SPDX-License-Identifier: Apache-2.0

// Tokens under the fuzzer: nothing that we did not sign verifies, and what we sign gives the same bytes back.

import Bytes
import LinkTokens
import Mail
import URLSyntax

private let keys = try? KeyRing(
    text: ("1 current 2026-01-01 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n" as StaticString)
        .bytes,
    name: "fuzz")
private let click: [UInt8] = ("https://click.example.org/" as StaticString).bytes
private let mint = keys.flatMap { LinkMint(clickURL: click, keys: $0) }

/// What libFuzzer calls with each input.
@c(LLVMFuzzerTestOneInput)
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let keys, let mint else { fatalError("no mint") }
    _ = try? KeyRing(text: bytes, name: "fuzz")
    foreign(bytes, keys)
    foreign(("https://click.example.org/to/" as StaticString).bytes + bytes, keys)
    own(bytes, keys, mint)
    return 0
}

/// No input of the fuzzer is signed by the key.
private func foreign(_ bytes: [UInt8], _ keys: KeyRing) {
    guard LinkMint.unwrap(bytes, keys: keys) == nil else { fatalError("a forged link verifies") }
    guard UnverifiedLinkToken(path: bytes[...])?.verified(by: keys) == nil else {
        fatalError("a forged token verifies")
    }
    guard Stamp.verified(bytes, by: keys) == nil else { fatalError("a forged stamp verifies") }
    guard !ProceedToken.verifies(bytes, link: bytes, at: 0, within: .seconds(600), by: keys) else {
        fatalError("a forged proof verifies")
    }
}

/// The first bytes choose the numbers and a change, the rest is the target.
private func own(_ bytes: [UInt8], _ keys: KeyRing, _ mint: LinkMint) {
    guard bytes.count > 6 else { return }
    let target = Array(bytes.dropFirst(6))
    let token = LinkToken(
        reference: MessageReference(bits: UInt64(bytes[0])), ordinal: Int(bytes[1]) << 8, recipient: Int(bytes[2]),
        day: UInt16(bytes[3]), target: target)
    let host = (try? WebURL.parse(target))?.hostBytes ?? target
    guard var link = mint.rewrittenURL(token, host: host) else { return }
    guard LinkMint.unwrap(link, keys: keys) == token else { fatalError("a link of ours does not come back") }
    let place = click.count + (Int(bytes[4]) << 8 | Int(bytes[5])) % (link.count - click.count)
    link[place] ^= 1 << (bytes[5] & 7)
    if let other = LinkMint.unwrap(link, keys: keys), other != token {
        fatalError("a changed link says something else")
    }
}
