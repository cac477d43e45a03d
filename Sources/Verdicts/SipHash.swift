// SPDX-License-Identifier: Apache-2.0

/// SipHash-2-4: a keyed 64-bit hash for tables whose keys come from strangers (Aumasson and Bernstein, 2012).
struct SipHash {
    struct Key: Hashable, Sendable {
        let low: UInt64
        let high: UInt64
    }

    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    /// The hash of the eight bytes of `prefix` (least significant first), followed by `bytes`.
    static func code(of bytes: Span<UInt8>, after prefix: UInt64, key: Key) -> UInt64 {
        var beginnings = SipHash.Beginnings(after: prefix, key: key)
        return beginnings.code(of: bytes, upTo: bytes.count)
    }

    /// The hashes of several beginnings of one text, the shorter ones first, in one pass over it.
    struct Beginnings {
        private var state: SipHash
        /// Bytes that are in `state`, whole words of them.
        private var place = 0

        init(after prefix: UInt64, key: Key) {
            state = SipHash(key)
            state.absorb(prefix)
        }

        /// The hash of the first `length` bytes; `length` is not below that of the call before.
        mutating func code(of bytes: Span<UInt8>, upTo length: Int) -> UInt64 {
            while length &- place >= 8 {
                state.absorb(SipHash.word(bytes, place))
                place &+= 8
            }
            var last = UInt64(truncatingIfNeeded: length &+ 8) &<< 56
            for offset in 0..<(length &- place) { last |= UInt64(bytes[place &+ offset]) &<< UInt64(8 &* offset) }
            var ending = state
            ending.absorb(last)
            return ending.finished()
        }
    }

    /// Eight bytes as a word: one load where the processor has the same order.
    @inline(__always)
    private static func word(_ bytes: Span<UInt8>, _ place: Int) -> UInt64 {
        UInt64(littleEndian: unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    private init(_ key: Key) {
        v0 = key.low ^ 0x736f_6d65_7073_6575
        v1 = key.high ^ 0x646f_7261_6e64_6f6d
        v2 = key.low ^ 0x6c79_6765_6e65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
    }

    private mutating func absorb(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    private mutating func finished() -> UInt64 {
        v2 ^= 0xff
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }

    private mutating func round() {
        v0 = v0 &+ v1
        v1 = v1.rotated(13) ^ v0
        v0 = v0.rotated(32)
        v2 = v2 &+ v3
        v3 = v3.rotated(16) ^ v2
        v0 = v0 &+ v3
        v3 = v3.rotated(21) ^ v0
        v2 = v2 &+ v1
        v1 = v1.rotated(17) ^ v2
        v2 = v2.rotated(32)
    }
}

extension UInt64 {
    /// The bits moved up, those that fall out at the top come in at the bottom.
    func rotated(_ count: UInt64) -> UInt64 { self &<< count | self &>> (64 &- count) }
}
