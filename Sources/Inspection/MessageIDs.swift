// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Message-IDs in In-Reply-To and References.
enum MessageIDs {
    /// Bytes of one: a line of a header field (RFC 5322, section 2.1.1).
    private static let sizeLimit = 998

    /// What stands between angle brackets, in order; what has white space in it, or bytes beyond ASCII, is no Message-ID.
    static func all(in value: some Collection<UInt8>) -> [String] {
        var found: [String] = []
        var current: [UInt8]?
        for byte in value {
            switch byte {
            case UInt8(ascii: "<"): current = []
            case UInt8(ascii: ">"):
                if let id = current, !id.isEmpty { found.append(id.text) }
                current = nil
            case 0x21...0x7E where (current?.count ?? sizeLimit) < sizeLimit: current?.append(byte)
            default: current = nil
            }
        }
        return found
    }
}
