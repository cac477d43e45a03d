// SPDX-License-Identifier: Apache-2.0

import Bytes
import LinkTokens
import Mail
import Testing

@Suite struct ForgeryTests {
    private static let host = Array("example.com".utf8)

    /// The bytes of a token, by the usual keys.
    private func minted(_ target: [UInt8], ordinal: Int = 0) throws -> [UInt8] {
        let mint = try #require(LinkMint(clickURL: TestKeys.clickURL, keys: TestKeys.usual()))
        let token = LinkToken(
            reference: .random(), ordinal: ordinal, recipient: 1, day: LinkToken.day(at: 1_732_000_000_000),
            target: target)
        let url = try #require(mint.rewrittenURL(token, host: Self.host))
        return try #require(Base64URL.decode(url.split(separator: UInt8(ascii: "/"))[4]))
    }

    private func verifies(_ bytes: [UInt8], _ keys: KeyRing) -> Bool {
        UnverifiedLinkToken(host: Self.host, token: Base64URL.encode(bytes))?.verified(by: keys) != nil
    }

    @Test func `a token with one bit flipped is refused, whichever bit`() throws {
        let keys = try TestKeys.usual()
        for size in [0, 1, 2, 3, 20, 21, 22, 120] {
            let bytes = try minted((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 37) }, ordinal: size * 50)
            #expect(verifies(bytes, keys))
            for bit in 0..<(bytes.count * 8) {
                var flipped = bytes
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(!verifies(flipped, keys), "bit \(bit) of \(bytes.count * 8)")
            }
        }
    }

    @Test func `a token cut, lengthened or respelled is refused`() throws {
        let keys = try TestKeys.usual()
        let bytes = try minted(Array("https://example.com/".utf8))
        for size in 0..<bytes.count {
            #expect(!verifies(Array(bytes.prefix(size)), keys))
            #expect(!verifies(Array(bytes.suffix(size)), keys))
        }
        #expect(!verifies(bytes + [0], keys))
        #expect(!verifies([0] + bytes, keys))
        let text = Base64URL.encode(bytes)
        for other in [text + [0x3D], text + [0x41], text + [0x20], [0x20] + text, text + text] {
            #expect(UnverifiedLinkToken(host: Self.host, token: other)?.verified(by: keys) == nil)
        }
    }

    @Test func `a token over the size limit is not looked at`() {
        let text = [UInt8](repeating: 0x45, count: UnverifiedLinkToken.textSizeLimit + 4)
        #expect(UnverifiedLinkToken(host: Self.host, token: text) == nil)
        #expect(UnverifiedLinkToken(host: [UInt8](repeating: 0x61, count: 256), token: text.prefix(64)) == nil)
    }

    @Test(arguments: [
        "8000",  // a varint of two bytes for 0
        "808000",  // of three
        "80808000",  // longer than any number of ours
        "ffffff7f",
    ]) func `a varint that is not the shortest has not the form of a token`(varint: String) throws {
        for place in ["\(varint)00", "00\(varint)"] {
            let hex = "1002" + "0123456789abcdef" + place + "0000" + String(repeating: "00", count: 40)
            let bytes = try #require(Hex.decode(hex.utf8))
            #expect(UnverifiedLinkToken(host: Self.host, token: Base64URL.encode(bytes)) == nil)
        }
    }

    @Test(arguments: [0x00, 0x11, 0x20, 0x90, 0xFF] as [UInt8])
    func `another version or flag has not the form of a token`(first: UInt8) throws {
        var bytes = try minted(Array("https://example.com/".utf8))
        bytes[0] = first
        #expect(UnverifiedLinkToken(host: Self.host, token: Base64URL.encode(bytes)) == nil)
    }

    @Test func `a code made for one purpose is good for no other`() throws {
        let keys = try TestKeys.usual()
        // A stamp's code as that of a token, and as that of a proceed token, over bytes the attacker may choose.
        let stamp = Stamp.text(TestKeys.reference, keys: keys)
        let code = try #require(Hex.decode(stamp.utf8.suffix(32)))
        let token = try minted(Array("https://example.com/".utf8))
        #expect(!verifies(token.dropLast(16) + code, keys))
        #expect(!verifies([0x10, 2] + TestKeys.reference.bytes + [0, 0, 0, 0] + code, keys))
        let link = Base64URL.encode(token)
        let proceed = ProceedToken.mint(link: link, at: 0, keys: keys)
        #expect(!ProceedToken.verifies(link, link: link, at: 0, within: .seconds(600), by: keys))
        #expect(UnverifiedLinkToken(host: Self.host, token: proceed)?.verified(by: keys) == nil)
        let head = try #require(Base64URL.decode(proceed)).prefix(7)
        #expect(
            !ProceedToken.verifies(Base64URL.encode(head + code), link: link, at: 0, within: .seconds(600), by: keys))
        #expect(
            !ProceedToken.verifies(
                Base64URL.encode(head + token.suffix(16)), link: link, at: 0, within: .seconds(600), by: keys))
        let tokenCode = Hex.encode(token.suffix(16)).text
        #expect(Stamp.verified(Array("\(TestKeys.reference).\(tokenCode)".utf8), by: keys) == nil)
    }

    @Test func `bytes at random are never a token`() throws {
        let keys = try TestKeys.usual()
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            var bytes = (0..<Int.random(in: 0...80, using: &generator)).map { _ in UInt8.random(in: 0...255) }
            if bytes.count > 1, Bool.random(using: &generator) { bytes.replaceSubrange(0..<2, with: [0x10, 2]) }
            #expect(!verifies(bytes, keys))
            #expect(UnverifiedLinkToken(host: bytes, token: bytes)?.verified(by: keys) == nil)
        }
    }
}
