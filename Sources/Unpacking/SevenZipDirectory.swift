// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What the header of a 7z claims, read before libarchive believes it.
///
/// libarchive sets up all folders and members that a header claims before it gives the first: 76 bytes that claim a hundred
/// million folders keep it busy for ten seconds, and as many empty members take gigabytes. So the counts are read here
/// first, also out of a header that is itself compressed, as most are. What cannot be read and is small passes.
struct SevenZipDirectory {
    enum Claim {
        case fits
        case tooMany
        /// The header is compressed with LZMA: as a stream of that format, and how long it comes out.
        case compressed([UInt8], size: Int)
    }

    /// A compressed header in another method is not looked into; below this it can do no harm.
    static let harmlessSize = 64 * 1_024
    /// A header of ten thousand members has some two megabytes.
    static let headerSize = 8 * 1_024 * 1_024
    private static let signatureHeaderSize = 32
    private static let lzma: [UInt8] = [0x03, 0x01, 0x01]

    /// Reads the claims of an archive that begins at the start of the bytes.
    static func claim(of bytes: Span<UInt8>, members: Int) -> Claim {
        let (start, overflow) = bytes.little(12, 8).addingReportingOverflow(signatureHeaderSize)
        let size = bytes.little(20, 8)
        guard !overflow, start < bytes.count, size <= bytes.count - start, size > 0 else { return .fits }
        guard size <= headerSize else { return .tooMany }
        var reader = SevenZipNumbers(range: start..<start + size, members: members)
        switch reader.byte(bytes) {
        case 0x01: return claim(of: &reader, bytes, members)
        case 0x17: return compressed(&reader, bytes)
        default: return .fits
        }
    }

    /// Reads the claims of a header that was decompressed.
    static func claim(ofHeader bytes: Span<UInt8>, members: Int) -> Claim {
        var reader = SevenZipNumbers(range: 0..<bytes.count, members: members)
        switch reader.byte(bytes) {
        case 0x01: return claim(of: &reader, bytes, members)
        // A header in a header in a header: nobody writes one.
        case 0x17: return .tooMany
        default: return .fits
        }
    }

    private static func claim(of reader: inout SevenZipNumbers, _ bytes: Span<UInt8>, _ members: Int) -> Claim {
        var id = reader.byte(bytes)
        if id == 0x02 {
            reader.skipProperties(bytes)
            id = reader.byte(bytes)
        }
        if id == 0x04 {
            _ = reader.streams(bytes)
            id = reader.byte(bytes)
        }
        guard id == 0x05, !reader.claimsTooMuch else { return reader.claimsTooMuch || id == 0x03 ? .tooMany : .fits }
        return reader.number(bytes) > members ? .tooMany : .fits
    }

    private static func compressed(_ reader: inout SevenZipNumbers, _ bytes: Span<UInt8>) -> Claim {
        let streams = reader.streams(bytes)
        guard !reader.claimsTooMuch, streams.unpackedSize <= headerSize else { return .tooMany }
        let (start, overflow) = streams.packedPlace.addingReportingOverflow(signatureHeaderSize)
        guard streams.coder == lzma, streams.properties.count == 5, streams.folders == 1, !overflow,
            start <= bytes.count, streams.packedSize <= bytes.count - start
        else { return streams.unpackedSize <= harmlessSize ? .fits : .tooMany }
        // The dictionary need be no larger than the header, and a size that readers of bare streams accept.
        var stream = [streams.properties[0], 0, 0, 0x80, 0]
        for place in 0..<8 { stream.append(UInt8(truncatingIfNeeded: streams.unpackedSize >> (8 * place))) }
        stream.append(contentsOf: bytes.extracting(start..<start + streams.packedSize))
        return .compressed(stream, size: streams.unpackedSize)
    }
}

/// The numbers of a 7z header in turn; every count is compared with the bytes that are left.
struct SevenZipNumbers {
    /// What of the streams matters here.
    struct Streams {
        var packedPlace = 0
        var packedSize = 0
        var unpackedSize = 0
        var folders = 0
        var coder: [UInt8] = []
        var properties: [UInt8] = []
        /// Of each folder; empty when none has.
        var hasDigest: [Bool] = []
    }

    private var place: Int
    private let end: Int
    private let members: Int
    /// Set when a count cannot be true, or when the bytes ran out.
    private(set) var claimsTooMuch = false

    /// Streams that one coder may join.
    private static let joined = 32

    init(range: Range<Int>, members: Int) {
        place = range.lowerBound
        end = range.upperBound
        self.members = members
    }

    mutating func byte(_ bytes: Span<UInt8>) -> UInt8 {
        guard place < end else {
            claimsTooMuch = true
            return 0
        }
        defer { place += 1 }
        return bytes[place]
    }

    /// A number of one to nine bytes: the ones at the top of the first say how many follow.
    mutating func number(_ bytes: Span<UInt8>) -> Int {
        let first = byte(bytes)
        let more = (~first).leadingZeroBitCount
        var value: UInt64 = 0
        for index in 0..<min(more, 8) { value |= UInt64(byte(bytes)) << UInt64(8 * index) }
        if more < 7 { value |= UInt64(first & (0x7F >> UInt8(more))) << UInt64(8 * more) }
        return Int(clamping: value)
    }

    /// A number of things that take at least a byte each.
    private mutating func count(_ bytes: Span<UInt8>) -> Int {
        let count = number(bytes)
        if count > end - place { claimsTooMuch = true }
        return claimsTooMuch ? 0 : count
    }

    private mutating func skip(_ size: Int) {
        if size > end - place { claimsTooMuch = true }
        place = min(end, place + max(0, min(size, end - place)))
    }

    mutating func skipProperties(_ bytes: Span<UInt8>) {
        while !claimsTooMuch, byte(bytes) != 0 { skip(number(bytes)) }
    }

    mutating func streams(_ bytes: Span<UInt8>) -> Streams {
        var streams = Streams()
        while !claimsTooMuch {
            switch byte(bytes) {
            case 0x00: return streams
            case 0x06: packed(bytes, &streams)
            case 0x07: folders(bytes, &streams)
            case 0x08: substreams(bytes, streams)
            default: return streams
            }
        }
        return streams
    }

    private mutating func packed(_ bytes: Span<UInt8>, _ streams: inout Streams) {
        streams.packedPlace = number(bytes)
        let count = count(bytes)
        while !claimsTooMuch {
            switch byte(bytes) {
            case 0x00: return
            case 0x09:
                for index in 0..<count where !claimsTooMuch {
                    let size = number(bytes)
                    if index == 0 { streams.packedSize = size }
                }
            case 0x0A: _ = digests(bytes, count)
            default: return
            }
        }
    }

    private mutating func folders(_ bytes: Span<UInt8>, _ streams: inout Streams) {
        guard byte(bytes) == 0x0B else { return }
        streams.folders = count(bytes)
        guard byte(bytes) == 0 else { return }
        var outputs = 0
        for _ in 0..<streams.folders where !claimsTooMuch { outputs += folder(bytes, &streams) }
        while !claimsTooMuch {
            switch byte(bytes) {
            case 0x00: return
            case 0x0C: for _ in 0..<outputs where !claimsTooMuch { streams.unpackedSize = number(bytes) }
            case 0x0A: streams.hasDigest = digests(bytes, streams.folders)
            default: return
            }
        }
    }

    /// Gives the number of its outputs.
    private mutating func folder(_ bytes: Span<UInt8>, _ streams: inout Streams) -> Int {
        let coders = count(bytes)
        guard coders <= Self.joined else {
            claimsTooMuch = true
            return 0
        }
        var (inputs, outputs) = (0, 0)
        for _ in 0..<coders where !claimsTooMuch {
            let flags = byte(bytes)
            streams.coder = (0..<Int(flags & 15)).map { _ in byte(bytes) }
            let isComplex = flags & 0x10 != 0
            inputs += isComplex ? count(bytes) : 1
            outputs += isComplex ? count(bytes) : 1
            let size = flags & 0x20 != 0 ? count(bytes) : 0
            streams.properties = (0..<size).map { _ in byte(bytes) }
        }
        guard inputs <= Self.joined, outputs <= Self.joined, outputs > 0 else {
            claimsTooMuch = true
            return 0
        }
        for _ in 0..<2 * (outputs - 1) { _ = number(bytes) }
        let packed = inputs - (outputs - 1)
        if packed > 1 { for _ in 0..<packed { _ = number(bytes) } }
        return outputs
    }

    /// How many members each folder has, and what is known of them.
    private mutating func substreams(_ bytes: Span<UInt8>, _ streams: Streams) {
        var counts = [Int](repeating: 1, count: streams.folders)
        while !claimsTooMuch {
            switch byte(bytes) {
            case 0x00: return
            case 0x0D:
                for index in counts.indices where !claimsTooMuch { counts[index] = count(bytes) }
                if counts.reduce(0, { $0.addingReportingOverflow($1).partialValue }) > members { claimsTooMuch = true }
            case 0x09:
                for count in counts where count > 1 {
                    for _ in 1..<count where !claimsTooMuch { _ = number(bytes) }
                }
            case 0x0A:
                // A folder with one member and a digest of its own needs no other.
                let known = zip(counts, streams.hasDigest).count { $0 == 1 && $1 }
                _ = digests(bytes, counts.reduce(0, +) - known)
            default: return
            }
        }
    }

    /// Which of so many things have a digest; the digests are passed over.
    private mutating func digests(_ bytes: Span<UInt8>, _ count: Int) -> [Bool] {
        guard count <= end - place else {
            claimsTooMuch = true
            return []
        }
        var defined = [Bool](repeating: true, count: count)
        if byte(bytes) == 0 {
            for start in stride(from: 0, to: count, by: 8) where !claimsTooMuch {
                let bits = byte(bytes)
                for index in start..<min(start + 8, count) {
                    defined[index] = bits & (0x80 >> UInt8(index - start)) != 0
                }
            }
        }
        skip(4 * defined.count { $0 })
        return defined
    }
}
