// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The two DNS messages that a block list needs: a question for an address, and its answer (RFC 1035, section 4).
enum DNSMessage {
    /// Bytes of an answer: a plain UDP one (section 4.2.1); a list's answer has a dozen addresses at most.
    static let sizeLimit = 512
    /// Addresses of one answer that are read.
    private static let answerLimit = 16

    /// What a resolver said.
    enum Answer: Hashable, Sendable {
        /// There is no such name: not listed.
        case none
        case addresses([[UInt8]], seconds: Int)
        /// It could not say (SERVFAIL, REFUSED, cut short).
        case failed
    }

    /// A question for the A records of a name; nil for one that the DNS cannot have.
    static func question(_ name: [UInt8], id: UInt16) -> [UInt8]? {
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard name.count <= 253, !labels.isEmpty, labels.allSatisfy({ (1...63).contains($0.count) }) else { return nil }
        // Recursion desired; one question.
        var out: [UInt8] = [UInt8(id >> 8), UInt8(id & 0xFF), 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in labels {
            out.append(UInt8(label.count))
            out.append(contentsOf: label)
        }
        return out + [0, 0, 1, 0, 1]
    }

    /// Reads the answer to that question; nil for a message that is not its answer (another id, another question).
    static func answer(_ bytes: [UInt8], to question: [UInt8]) -> Answer? {
        guard bytes.count >= question.count, bytes.count <= sizeLimit, bytes[0] == question[0], bytes[1] == question[1],
            bytes[2] & 0x80 != 0, bytes[4] == 0, bytes[5] == 1,
            bytes[12..<question.count].equalsIgnoringCase(question[12...])
        else { return nil }
        switch bytes[3] & 0x0F {
        case 0: break
        case 3: return Answer.none  // NXDOMAIN
        default: return .failed
        }
        guard bytes[2] & 0x02 == 0 else { return .failed }  // truncated
        let count = min(Int(bytes[6]) << 8 | Int(bytes[7]), answerLimit)
        return records(bytes[question.count...], count: count)
    }

    private static func records(_ bytes: ArraySlice<UInt8>, count: Int) -> Answer {
        var rest = bytes
        var addresses: [[UInt8]] = []
        var seconds = Int.max
        for _ in 0..<count {
            guard skipName(&rest), rest.count >= 10 else { return .failed }
            let head = Array(rest.prefix(10))
            rest = rest.dropFirst(10)
            let size = Int(head[8]) << 8 | Int(head[9])
            guard rest.count >= size else { return .failed }
            if head[0] == 0, head[1] == 1, head[2] == 0, head[3] == 1, size == 4 {
                addresses.append(Array(rest.prefix(4)))
                let life = head[4..<8].reduce(0) { $0 << 8 | Int($1) }
                seconds = min(seconds, life)
            }
            rest = rest.dropFirst(size)
        }
        return addresses.isEmpty ? Answer.none : .addresses(addresses, seconds: seconds)
    }

    /// Passes over a name: labels, or a pointer that need not be followed.
    private static func skipName(_ rest: inout ArraySlice<UInt8>) -> Bool {
        while let size = rest.popFirst() {
            if size == 0 { return true }
            if size & 0xC0 == 0xC0 { return rest.popFirst() != nil }
            guard size < 64, rest.count >= Int(size) else { return false }
            rest = rest.dropFirst(Int(size))
        }
        return false
    }
}
