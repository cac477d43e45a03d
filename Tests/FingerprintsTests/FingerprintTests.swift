// SPDX-License-Identifier: Apache-2.0

import Fingerprints
import Testing

@Suite struct FingerprintTests {
    @Test func `a fingerprint is what sha256sum prints, and the size`() {
        let fingerprint = Fingerprint(of: Array("abc".utf8))
        #expect(fingerprint.sha256Hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(fingerprint.sha256.count == 32)
        #expect(fingerprint.sha1Hex == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(fingerprint.md5Hex == "900150983cd24fb0d6963f7d28e17f72")
        #expect(fingerprint.size == 3)
    }

    @Test func `nothing has a fingerprint too`() {
        let fingerprint = Fingerprint(of: [])
        #expect(fingerprint.sha256Hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(fingerprint.size == 0)
    }

    @Test func `equal content has equal fingerprints, one byte makes another`() {
        #expect(Fingerprint(of: [1, 2, 3]) == Fingerprint(of: [1, 2, 3]))
        #expect(Fingerprint(of: [1, 2, 3]) != Fingerprint(of: [1, 2, 4]))
    }
}

@Suite struct LentContentTests {
    @Test func `content lent in pieces has the fingerprint of the whole`() {
        let content = (0..<40_000).map { UInt8(truncatingIfNeeded: $0) }
        let lent = Fingerprint { take in
            take(content.span.extracting(0..<1))
            take(content.span.extracting(1..<1))
            take(content.span.extracting(1..<40_000))
        }
        #expect(lent == Fingerprint(of: content))
        #expect(Fingerprint { _ in } == Fingerprint(of: []))
    }
}
