// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import Mail

/// The form "relaxed" that signatures are over (RFC 6376, sections 3.4.2 and 3.4.4).
enum RelaxedForm {
    /// A header field: small name, unfolded value, runs of white space as one space, none at the ends, with CR LF.
    static func field(_ field: HeaderField) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(field.name.bytes.count + field.value.count + 3)
        out += field.name.bytes.lowercased
        out.append(UInt8(ascii: ":"))
        let start = out.count
        var spaces = false
        for byte in field.value {
            switch byte {
            case .carriageReturn, .lineFeed: continue
            case .space, .tab: spaces = true
            default:
                if spaces, out.count > start { out.append(.space) }
                spaces = false
                out.append(byte)
            }
        }
        return out + [.carriageReturn, .lineFeed]
    }

    /// The digest of a body, taken piece by piece.
    struct Body: ~Copyable {
        /// Bytes that are hashed at a time.
        private static let chunkSize = 64 * 1_024

        private var hash = SHA256()
        private var out: [UInt8] = []
        private var spaces = false
        private var carriageReturn = false
        private var lineIsEmpty = true
        /// Empty lines that only count when something follows.
        private var emptyLines = 0

        mutating func update(_ piece: ArraySlice<UInt8>) {
            for byte in piece {
                if byte == .lineFeed {
                    endLine()
                } else {
                    if carriageReturn { put(.carriageReturn) }
                    carriageReturn = byte == .carriageReturn
                    if byte == .space || byte == .tab { spaces = true } else if !carriageReturn { put(byte) }
                }
            }
        }

        consuming func digest() -> [UInt8] {
            if carriageReturn { put(.carriageReturn) }
            if !lineIsEmpty { endLine() }
            let rest = out
            hash.update(rest.span)
            return hash.digest()
        }

        private mutating func endLine() {
            if lineIsEmpty { emptyLines += 1 } else { out += [.carriageReturn, .lineFeed] }
            lineIsEmpty = true
            spaces = false
            carriageReturn = false
        }

        private mutating func put(_ byte: UInt8) {
            if lineIsEmpty {
                for _ in 0..<emptyLines {
                    out += [.carriageReturn, .lineFeed]
                    flush()
                }
                emptyLines = 0
                lineIsEmpty = false
            }
            if spaces { out.append(.space) }
            spaces = false
            out.append(byte)
            flush()
        }

        private mutating func flush() {
            guard out.count >= Self.chunkSize else { return }
            let chunk = out
            hash.update(chunk.span)
            out = []
            out.reserveCapacity(Self.chunkSize)
        }
    }
}
