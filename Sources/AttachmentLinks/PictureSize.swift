// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A picture's format and how large it says to be, read from its header: what a decoder would take is known before one is
/// asked.
struct PictureSize: Hashable {
    enum Format { case png, jpeg, gif, bmp, webp }

    let format: Format
    let width: Int
    let height: Int
    /// Times that a decoder goes over all pixels.
    let passes: Int

    /// Nil for what is no picture that is decoded here.
    init?(_ bytes: [UInt8]) {
        if bytes.has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], at: 0), bytes.count > 24 {
            self.init(.png, bytes.big(16, 4), bytes.big(20, 4))
        } else if bytes.has(("GIF8" as StaticString).bytes, at: 0), bytes.count > 10 {
            self.init(.gif, bytes.little(6, 2), bytes.little(8, 2))
        } else if bytes.has([0x42, 0x4D], at: 0), bytes.count > 26 {
            let height = Int(Int32(truncatingIfNeeded: bytes.little(22, 4)).magnitude)
            self.init(.bmp, bytes.little(18, 4), height)
        } else if bytes.has([0xFF, 0xD8, 0xFF], at: 0) {
            self.init(jpeg: bytes)
        } else if bytes.has(("RIFF" as StaticString).bytes, at: 0), bytes.has(("WEBP" as StaticString).bytes, at: 8) {
            self.init(webp: bytes)
        } else {
            return nil
        }
    }

    private init(_ format: Format, _ width: Int, _ height: Int, passes: Int = 1) {
        self.format = format
        self.width = width
        self.height = height
        self.passes = passes
    }

    /// The frame header among the segments, and the scans of a progressive one.
    private init?(jpeg bytes: [UInt8]) {
        var place = 2
        for _ in 0..<10_000 {
            while place < bytes.count, bytes[place] != 0xFF { place += 1 }
            while place < bytes.count, bytes[place] == 0xFF { place += 1 }
            guard place + 8 < bytes.count else { return nil }
            let marker = bytes[place]
            if (0xC0...0xCF).contains(marker), marker != 0xC4, marker != 0xC8, marker != 0xCC {
                let scans = marker == 0xC0 || marker == 0xC1 ? 1 : bytes.scanCount
                self.init(.jpeg, bytes.big(place + 6, 2), bytes.big(place + 4, 2), passes: scans)
                return
            }
            if marker == 0x01 || (0xD0...0xD9).contains(marker) { continue }
            place += 1 + max(2, bytes.big(place + 1, 2))
        }
        return nil
    }

    private init?(webp bytes: [UInt8]) {
        guard bytes.count > 30 else { return nil }
        switch bytes[12..<16].text {
        case "VP8X": self.init(.webp, bytes.little(24, 3) + 1, bytes.little(27, 3) + 1)
        case "VP8 ": self.init(.webp, bytes.little(26, 2) & 0x3FFF, bytes.little(28, 2) & 0x3FFF)
        case "VP8L":
            let bits = bytes.little(21, 4)
            self.init(.webp, bits & 0x3FFF + 1, bits >> 14 & 0x3FFF + 1)
        default: return nil
        }
    }
}

extension [UInt8] {
    fileprivate func big(_ place: Int, _ size: Int) -> Int {
        guard place >= 0, place <= count - size else { return 0 }
        return self[place..<place + size].reduce(0) { $0 << 8 | Int($1) }
    }

    /// Start-of-scan markers; in coded data each FF has a zero behind it.
    fileprivate var scanCount: Int {
        let span = span
        var count = 0
        var place = 0
        while place + 1 < span.count {
            if span[place] == 0xFF, span[place + 1] == 0xDA { count += 1 }
            place += 1
        }
        return Swift.max(1, count)
    }
}
