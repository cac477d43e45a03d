// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Base64 as mail writes it (RFC 2045, section 6.8), read leniently.
///
/// Bytes outside the alphabet are skipped, missing padding is made up, and what follows the padding is read as another
/// run, because some mail clients do so; the runs are told apart, so that a patch in one leaves the others alone.
enum Base64 {
    struct Decoded: Sendable {
        let bytes: [UInt8]
        /// At least one, in order.
        let runs: [Run]
    }

    /// Groups of four up to a padding or the end of the content.
    struct Run: Hashable, Sendable {
        /// Where the run stands in the message; its end is after the padding.
        var raw: Range<Int>
        /// Where its bytes stand in the decoded content.
        var decoded: Range<Int>
        /// Whether it holds padding inside: all that came after `runLimit` runs.
        var isMixed = false
    }

    /// Runs that are told apart: stops a content of nothing but padded groups from taking eight times its size.
    static let runLimit = 4_096

    /// Decoded bytes in a line: 76 characters.
    static let lineGroup = 57

    private static let alphabet = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" as StaticString)
        .bytes

    /// The six bits of a character; `none` outside the alphabet.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: none, count: 256)
        for (value, byte) in alphabet.enumerated() { table[Int(byte)] = UInt8(value) }
        return table
    }()
    /// Has a bit that no value has, so that four values can be checked at once.
    private static let none: UInt8 = 0x80

    /// Whether a byte stands for six bits.
    static func isValue(_ byte: UInt8) -> Bool { values[Int(byte)] != none }

    static func decode(_ message: [UInt8], in content: Range<Int>) -> Decoded {
        var out = [UInt8](repeating: 0, count: content.count / 4 * 3 + 3)
        var decoder = Decoder(index: content.lowerBound, end: content.upperBound)
        decoder.decode(message.span, to: content.upperBound, table: values.span, into: &out)
        decoder.finish(into: &out)
        out.removeLast(out.count - decoder.count)
        let start = content.lowerBound
        let runs = decoder.runs.isEmpty ? [Run(raw: start..<start, decoded: 0..<0)] : decoder.runs
        return Decoded(bytes: out, runs: runs)
    }

    /// The decoded bytes piece by piece, for what need not be kept.
    static func forEachChunk(_ message: [UInt8], in content: Range<Int>, _ take: (Span<UInt8>) -> Void) {
        let size = 64 * 1_024
        var out = [UInt8](repeating: 0, count: size / 4 * 3 + 6)
        var decoder = Decoder(index: content.lowerBound, end: content.upperBound)
        decoder.keepsRuns = false
        while decoder.index < content.upperBound {
            let end = min(decoder.index &+ size, content.upperBound)
            decoder.decode(message.span, to: end, table: values.span, into: &out)
            take(out.span.extracting(first: decoder.count))
            decoder.count = 0
        }
        decoder.finish(into: &out)
        take(out.span.extracting(first: decoder.count))
    }

    /// The bytes in lines of 76 characters; no line end after the last.
    static func encode(_ bytes: [UInt8], lineEnd: [UInt8]) -> [UInt8] {
        let characters = (bytes.count + 2) / 3 * 4
        let lines = (bytes.count + lineGroup - 1) / lineGroup
        var out = [UInt8](repeating: UInt8(ascii: "="), count: characters + max(lines - 1, 0) * lineEnd.count)
        var output = out.mutableSpan
        let input = bytes.span
        let table = alphabet.span
        var count = 0
        for line in 0..<lines {
            for index in lineEnd.indices where line > 0 { output[count &+ index] = lineEnd[index] }
            if line > 0 { count &+= lineEnd.count }
            let start = line &* lineGroup
            encode(input, start..<min(start &+ lineGroup, bytes.count), table, into: &output, at: &count)
        }
        return out
    }

    /// One line: groups of three bytes; the padding of an incomplete one is there already.
    private static func encode(
        _ input: borrowing Span<UInt8>, _ range: Range<Int>, _ table: borrowing Span<UInt8>,
        into output: inout MutableSpan<UInt8>, at count: inout Int
    ) {
        var index = range.lowerBound
        while index < range.upperBound {
            let left = range.upperBound &- index
            let second = left > 1 ? input[index &+ 1] : 0
            let third = left > 2 ? input[index &+ 2] : 0
            output[count] = table[Int(input[index] &>> 2)]
            output[count &+ 1] = table[Int((input[index] & 3) &<< 4 | second &>> 4)]
            if left > 1 { output[count &+ 2] = table[Int((second & 15) &<< 2 | third &>> 6)] }
            if left > 2 { output[count &+ 3] = table[Int(third & 63)] }
            index &+= 3
            count &+= 4
        }
    }

    /// The loop and what it must remember; a type of its own to keep each step small.
    private struct Decoder {
        var index: Int
        let end: Int
        /// Bytes in the output; whoever takes them out sets it back.
        var count = 0
        var runs: [Run] = []
        var keepsRuns = true
        private var runStart: Run
        private var bits: UInt32 = 0
        /// Characters of the open group.
        private var held = 0
        /// Where the last character of the alphabet ended.
        private var lastValue: Int

        init(index: Int, end: Int) {
            self.index = index
            self.end = end
            lastValue = index
            runStart = Run(raw: index..<index, decoded: 0..<0)
        }

        /// Goes on up to `stop`.
        mutating func decode(
            _ raw: borrowing Span<UInt8>, to stop: Int, table: borrowing Span<UInt8>, into out: inout [UInt8]
        ) {
            var output = out.mutableSpan
            while index < stop {
                if held == 0 { wholeGroups(raw, to: stop, table, &output) }
                guard index < stop else { break }
                let byte = raw[index]
                let value = table[Int(byte)]
                index &+= 1
                if value != Base64.none {
                    take(value, &output)
                } else if byte == UInt8(ascii: "="), held > 1 {
                    passPadding(raw)
                    endRun(at: index, &output)
                }
            }
        }

        mutating func finish(into out: inout [UInt8]) {
            var output = out.mutableSpan
            if held > 0 || count > runStart.decoded.lowerBound { endRun(at: lastValue, &output) }
        }

        /// The fast way: four characters of the alphabet in a row make three bytes.
        private mutating func wholeGroups(
            _ raw: borrowing Span<UInt8>, to stop: Int, _ table: borrowing Span<UInt8>,
            _ output: inout MutableSpan<UInt8>
        ) {
            var index = self.index
            var count = self.count
            let end = stop &- 3
            while index < end {
                let first = table[Int(raw[index])]
                let second = table[Int(raw[index &+ 1])]
                let third = table[Int(raw[index &+ 2])]
                let fourth = table[Int(raw[index &+ 3])]
                if first | second | third | fourth >= Base64.none { break }
                output[count] = first &<< 2 | second &>> 4
                output[count &+ 1] = second &<< 4 | third &>> 2
                output[count &+ 2] = third &<< 6 | fourth
                index &+= 4
                count &+= 3
            }
            if index > self.index { lastValue = index }
            self.index = index
            self.count = count
        }

        private mutating func take(_ value: UInt8, _ output: inout MutableSpan<UInt8>) {
            bits = bits &<< 6 | UInt32(value)
            held &+= 1
            lastValue = index
            guard held == 4 else { return }
            output[count] = UInt8(truncatingIfNeeded: bits &>> 16)
            output[count &+ 1] = UInt8(truncatingIfNeeded: bits &>> 8)
            output[count &+ 2] = UInt8(truncatingIfNeeded: bits)
            count &+= 3
            bits = 0
            held = 0
        }

        /// A second `=` may follow, after white space or a line end.
        private mutating func passPadding(_ raw: borrowing Span<UInt8>) {
            guard held == 2 else { return }
            var next = index
            while next < end, raw[next].isFoldingSpace { next &+= 1 }
            if next < end, raw[next] == UInt8(ascii: "=") { index = next &+ 1 }
        }

        /// Writes what an incomplete group holds: two characters are one byte, three are two, one is none.
        private mutating func endRun(at place: Int, _ output: inout MutableSpan<UInt8>) {
            if held >= 2 {
                let group = bits &<< UInt32(6 &* (4 &- held))
                output[count] = UInt8(truncatingIfNeeded: group &>> 16)
                count &+= 1
                if held == 3 {
                    output[count] = UInt8(truncatingIfNeeded: group &>> 8)
                    count &+= 1
                }
            }
            held = 0
            bits = 0
            guard keepsRuns else { return }
            if runs.count < Base64.runLimit {
                runs.append(Run(raw: runStart.raw.lowerBound..<place, decoded: runStart.decoded.lowerBound..<count))
            } else {
                let last = runs[runs.count &- 1]
                runs[runs.count &- 1] = Run(
                    raw: last.raw.lowerBound..<place, decoded: last.decoded.lowerBound..<count, isMixed: true)
            }
            runStart = Run(raw: place..<place, decoded: count..<count)
        }
    }
}
