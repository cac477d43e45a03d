// SPDX-License-Identifier: Apache-2.0

import Bytes
import LinkTokens
import Mail
import Testing

@Suite struct StampTests {
    @Test func `a stamp names its message`() throws {
        let keys = try TestKeys.usual()
        let stamp = Stamp.text(TestKeys.reference, keys: keys)
        #expect(stamp.wholeMatch(of: /0123456789abcdef\.[0-9a-f]{32}/) != nil)
        #expect(Stamp.verified(stamp.utf8, by: keys) == TestKeys.reference)
        #expect(Stamp.verified(stamp.uppercased().utf8, by: keys) == TestKeys.reference)
    }

    @Test func `the stamp of a retired key still verifies`() throws {
        let old = try TestKeys.ring(["1 current \(TestKeys.secret(1))"])
        let keys = try TestKeys.usual()
        #expect(Stamp.verified(Stamp.text(TestKeys.reference, keys: old).utf8, by: keys) == TestKeys.reference)
    }

    @Test func `no other text is a stamp`() throws {
        let keys = try TestKeys.usual()
        let stamp = Stamp.text(TestKeys.reference, keys: keys)
        for place in stamp.indices {
            var other = stamp
            other.replaceSubrange(place...place, with: stamp[place] == "1" ? "2" : "1")
            #expect(Stamp.verified(other.utf8, by: keys) == nil)
        }
        for other in ["", ".", "0123456789abcdef.", String(stamp.dropLast()), stamp + "0", stamp + ".0", " " + stamp] {
            #expect(Stamp.verified(other.utf8, by: keys) == nil)
        }
        #expect(Stamp.verified(stamp.utf8, by: try TestKeys.other()) == nil)
    }
}

@Suite struct ProceedTokenTests {
    private let link = Array("EAItoken".utf8)
    private let start: Int64 = 1_732_406_430_000  // half a minute past

    @Test func `it lives for its lifetime, and begins to when a reader had time to read`() throws {
        let keys = try TestKeys.usual()
        let text = ProceedToken.mint(link: link, at: start, keys: keys)
        func verifies(_ after: Int64, delay: Duration = .zero) -> Bool {
            ProceedToken.verifies(
                text, link: link, at: start + after, after: delay, within: .seconds(600), by: keys)
        }
        #expect([0, 600_000, 600_001].map { verifies($0) } == [true, true, false])
        #expect([0, 1_999, 2_000, 600_000].map { verifies($0, delay: .seconds(2)) } == [false, false, true, true])
        // A clock of another host that goes before ours.
        for delay in [Duration.zero, .seconds(2)] {
            #expect([-300_000, -300_001].map { verifies($0, delay: delay) } == [true, false])
        }
    }

    @Test func `it is for one link and by our keys`() throws {
        let keys = try TestKeys.usual()
        let text = ProceedToken.mint(link: link, at: start, keys: keys)
        #expect(!ProceedToken.verifies(text, link: link + [0x41], at: start, within: .seconds(600), by: keys))
        #expect(!ProceedToken.verifies(text, link: [], at: start, within: .seconds(600), by: keys))
        #expect(!ProceedToken.verifies(text, link: link, at: start, within: .seconds(600), by: try TestKeys.other()))
    }

    @Test func `no bit of it can be changed`() throws {
        let keys = try TestKeys.usual()
        let text = ProceedToken.mint(link: link, at: start, keys: keys)
        let bytes = try #require(Base64URL.decode(text))
        for bit in 0..<(bytes.count * 8) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(
                !ProceedToken.verifies(
                    Base64URL.encode(flipped), link: link, at: start, within: .seconds(600), by: keys))
        }
        for size in 0..<text.count {
            #expect(
                !ProceedToken.verifies(Array(text.prefix(size)), link: link, at: start, within: .seconds(600), by: keys)
            )
        }
    }

    @Test(arguments: [Duration.seconds(-5), .zero, .seconds(Int64.max)])
    func `odd lifetimes and times do no harm`(lifetime: Duration) throws {
        let keys = try TestKeys.usual()
        for time in [Int64.min, -1, 0, Int64.max] {
            let text = ProceedToken.mint(link: link, at: time, keys: keys)
            for later in [Int64.min, -1, 0, Int64.max] {
                #expect(!ProceedToken.verifies(text, link: [], at: later, within: lifetime, by: keys))
            }
        }
    }
}
