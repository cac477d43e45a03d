// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The name of a folder as the server writes it, modified UTF-7 included: we compare it and send it back, no more.
///
/// A name that cannot stand in a quoted string (RFC 3501, section 4.3: no CR, LF or NUL) is none; such a folder is
/// passed over.
package struct FolderName: Hashable, Sendable, CustomStringConvertible {
    /// The name as it goes over the wire, without quotes.
    package let bytes: [UInt8]

    /// Bytes in one name: servers allow a few hundred; stops a server from growing our commands.
    private static let lengthLimit = 1_024

    package init?(_ bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty, bytes.count <= Self.lengthLimit else { return nil }
        guard bytes.allSatisfy({ $0 >= .space && $0 != 0x7F }), isUTF8(bytes) else { return nil }
        // RFC 3501, section 5.1: INBOX is the one name that has no case.
        self.bytes = bytes.equalsIgnoringCase("INBOX") ? StaticString("INBOX").bytes : Array(bytes)
    }

    package init?(text: String) {
        self.init(Array(text.utf8))
    }

    private init(inbox: Void) {
        bytes = StaticString("INBOX").bytes
    }

    package static let inbox = FolderName(inbox: ())

    /// The name for records; `init(text:)` gives the same name back.
    package var description: String { bytes.text }

    /// The name as a quoted string.
    var quoted: [UInt8] {
        var out: [UInt8] = [UInt8(ascii: "\"")]
        for byte in bytes {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { out.append(UInt8(ascii: "\\")) }
            out.append(byte)
        }
        return out + [UInt8(ascii: "\"")]
    }
}

/// Whether nothing is lost when the bytes become a String for a record or a command.
private func isUTF8(_ bytes: some Collection<UInt8>) -> Bool {
    String(validating: bytes, as: UTF8.self) != nil
}
