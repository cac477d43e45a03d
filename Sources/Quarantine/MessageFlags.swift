// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The flags and keywords of a message, ready to be written back.
///
/// `\Recent` is not among them: only the server sets it. What is no flag by the grammar (RFC 3501, section 9) is left
/// out, because it would end up in a command.
package struct MessageFlags: Hashable, Sendable, CustomStringConvertible {
    /// Without doubles, in the order of their bytes.
    package let names: [String]

    /// Flags of one message: Dovecot allows a few dozen keywords; stops a server from growing our commands.
    private static let countLimit = 200
    private static let lengthLimit = 200

    package init(_ flags: some Sequence<[UInt8]>) {
        let good = flags.filter { Self.isFlag($0) && !$0.equalsIgnoringCase("\\Recent") }
        names = Set(good.prefix(Self.countLimit).map(\.text)).sorted()
    }

    /// The flags of a record, separated by spaces.
    package init(text: String) {
        self.init(Array(text.utf8).split(separator: .space).map { Array($0) })
    }

    /// The flags for a record, separated by spaces.
    package var description: String { names.joined(separator: " ") }

    /// Whether both have the same flags; case does not matter (RFC 9051, section 2.3.2).
    package func matches(_ other: MessageFlags) -> Bool {
        Set(names.map { Array($0.utf8).lowercased }) == Set(other.names.map { Array($0.utf8).lowercased })
    }

    private static func isFlag(_ flag: [UInt8]) -> Bool {
        let atom = flag.first == UInt8(ascii: "\\") ? flag.dropFirst() : flag[...]
        return !atom.isEmpty && flag.count <= lengthLimit && atom.allSatisfy(isAtomByte)
    }

    /// ATOM-CHAR of RFC 3501, section 9.
    private static func isAtomByte(_ byte: UInt8) -> Bool {
        byte > .space && byte < 0x7F && !StaticString("(){%*\"\\]").bytes.contains(byte)
    }
}
