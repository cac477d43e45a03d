// SPDX-License-Identifier: Apache-2.0

// Objects as mail carries them, unpacked: text, HTML, office XML, programs, and data that is compressed already. Always
// the same ones for the same seed. Nothing in them is real: words are made of syllables, used as often as people use
// words (Zipf), programs of a few hundred byte patterns with other numbers in them.

import Bytes
import Foundation

/// Numbers that are the same in each run.
struct FixedNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    mutating func below(_ limit: Int) -> Int { Int(((next() >> 32) &* UInt64(limit)) >> 32) }

    /// Between 0 and 1.
    mutating func fraction() -> Double { Double(next() >> 11) / Double(1 << 53) }

    mutating func chance(_ share: Double) -> Bool { fraction() < share }
}

struct ObjectMaker {
    enum Kind: CaseIterable { case text, html, officeXML, program, compressed }

    private let words: [[UInt8]]
    private let codes: [[UInt8]]
    private var random: FixedNumbers

    init(seed: UInt64) {
        var random = FixedNumbers(seed: seed)
        let syllables = [
            "the", "in", "er", "an", "re", "on", "at", "en", "nd", "ti", "es", "or", "te", "of", "ed", "is", "it", "al",
            "ar", "st", "to", "nt", "ng", "se", "ha", "as", "ou", "io", "le", "ve", "co", "me", "de", "hi", "ri", "ro",
            "ic", "ne", "ea", "ra", "ce", "li", "ch", "ll", "be", "ma", "si", "om", "ur", "ta", "pro", "con", "ing",
            "ment", "able", "ver", "der", "sch", "un", "gen",
        ].map { Array($0.utf8) }
        var words: [[UInt8]] = []
        for _ in 0..<30_000 {
            words.append((0..<1 + random.below(4)).flatMap { _ in syllables[random.below(syllables.count)] })
        }
        self.words = words
        codes = (0..<400).map { _ in
            (0..<1 + random.below(6)).map { _ in UInt8(truncatingIfNeeded: random.next() & random.next() | 0x48) }
        }
        self.random = random
    }

    /// A size as attachments have: log-normal, a median of 22 KB, a mean of 75 KB.
    mutating func size() -> Int {
        let (a, b) = (max(random.fraction(), 1e-12), random.fraction())
        let normal = (-2 * log(a)).squareRoot() * cos(2 * Double.pi * b)
        return min(max(Int(exp(10 + 1.57 * normal)), 64), 30_000_000)
    }

    mutating func object() -> [UInt8] {
        let kinds: [Kind] = [
            .text, .text, .text, .html, .html, .html, .html, .officeXML, .officeXML, .officeXML, .officeXML, .program,
            .program, .program, .compressed, .compressed, .compressed, .compressed, .compressed, .compressed,
        ]
        return object(kinds[random.below(kinds.count)], size: size())
    }

    mutating func object(_ kind: Kind, size: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 256)
        bytes += head(of: kind)
        while bytes.count < size { addPiece(of: kind, to: &bytes) }
        bytes.removeLast(bytes.count - size)
        return bytes
    }

    private func head(of kind: Kind) -> [UInt8] {
        switch kind {
        case .text: []
        case .html: Array("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>\n<body>\n".utf8)
        case .officeXML:
            Array(
                "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:document xmlns:w=\"urn:word\"><w:body>"
                    .utf8)
        case .program:
            [0x4D, 0x5A, 0x90, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0xB8] + [UInt8](repeating: 0, count: 47)
                + Array("This program cannot be run in DOS mode.\r\r\n$".utf8)
        case .compressed: [0x50, 0x4B, 3, 4, 20, 0, 8, 0, 8, 0]
        }
    }

    /// A word, the first ones far more often than the last.
    private mutating func word() -> [UInt8] {
        let fraction = random.fraction()
        return words[Int(Double(words.count - 1) * fraction * fraction * fraction * fraction)]
    }

    private mutating func sentence(_ bytes: inout [UInt8]) {
        for _ in 0..<6 + random.below(14) { bytes += word() + [0x20] }
        if random.chance(0.2) { bytes += Array("\(random.below(100_000)) ".utf8) }
    }

    private mutating func addPiece(of kind: Kind, to bytes: inout [UInt8]) {
        switch kind {
        case .text:
            sentence(&bytes)
            bytes += random.chance(0.2) ? [0x2E, 0x0A, 0x0A] : [0x2E, 0x0A]
        case .html:
            bytes +=
                Array("<p class=\"c\(random.below(40))\"><a href=\"https://www.".utf8) + word()
                + Array(".example/".utf8)
            bytes += word() + Array("?id=\(random.next() % 1_000_000_000)\">".utf8)
            sentence(&bytes)
            bytes += Array("</a></p>\n".utf8)
        case .officeXML:
            bytes += Array("<w:p w:rsidR=\"00\(String(random.below(0xFFFFFF), radix: 16))\"><w:r><w:t>".utf8)
            sentence(&bytes)
            bytes += Array("</w:t></w:r></w:p>".utf8)
        case .program: addCode(to: &bytes)
        case .compressed:
            for _ in 0..<16 {
                let word = random.next()
                for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift * 8))) }
            }
        }
    }

    private mutating func addCode(to bytes: inout [UInt8]) {
        switch random.below(100) {
        case 0: bytes += [UInt8](repeating: 0, count: 64 + random.below(512))
        case 1: for _ in 0..<8 { bytes += word() + [0] }
        case 2: for _ in 0..<6 { bytes += word().flatMap { [$0, 0] } + [0, 0] }
        default:
            bytes += codes[Int(Double(codes.count) * random.fraction() * random.fraction())]
            if random.chance(0.3) {
                let number = random.next() & random.next()
                for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift * 8))) }
            }
        }
    }

    /// Puts the bytes somewhere into the object, over what was there.
    mutating func plant(_ bytes: [UInt8], in object: inout [UInt8]) {
        guard object.count > bytes.count + 128 else { return }
        let place = 64 + random.below(object.count - bytes.count - 64)
        object.replaceSubrange(place..<place + bytes.count, with: bytes)
    }
}
