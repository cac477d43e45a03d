// SPDX-License-Identifier: Apache-2.0

// Mail: the words that mail itself has: envelope, addresses, header fields, queue ID. Values only, no parsing of
// messages (that is MIME) and no I/O. Addresses stay bytes: SMTPUTF8 and what senders invent need not be UTF-8.

import Bytes

/// The envelope sender as given in MAIL FROM (RFC 5321, section 4.1.1.2).
package enum ReversePath: Hashable, Sendable {
    /// `<>`: a bounce or another automatic message that nobody may answer.
    case null
    /// The bytes between the angle brackets.
    case address([UInt8])

    /// The path as the MTA writes it, with or without angle brackets.
    package init(_ bytes: some BidirectionalCollection<UInt8>) {
        let address = withoutBrackets(bytes)
        self = address.isEmpty ? .null : .address(address)
    }

    /// The address for records; empty for the null path.
    package var text: String {
        switch self {
        case .null: ""
        case .address(let bytes): bytes.text
        }
    }
}

/// One recipient as given in RCPT TO (RFC 5321, section 4.1.1.3): the bytes between the angle brackets.
package struct ForwardPath: Hashable, Sendable {
    package let bytes: [UInt8]

    /// The path as the MTA writes it, with or without angle brackets.
    package init(_ bytes: some BidirectionalCollection<UInt8>) {
        self.bytes = withoutBrackets(bytes)
    }

    /// The address for records.
    package var text: String { bytes.text }
}

/// Who sends a message to whom, as the MTAs say it to one another; the header fields may say something else.
package struct Envelope: Hashable, Sendable {
    package var sender: ReversePath
    package var recipients: [ForwardPath]

    package init(sender: ReversePath = .null, recipients: [ForwardPath] = []) {
        self.sender = sender
        self.recipients = recipients
    }
}

private func withoutBrackets(_ bytes: some BidirectionalCollection<UInt8>) -> [UInt8] {
    guard bytes.first == UInt8(ascii: "<"), bytes.last == UInt8(ascii: ">"), bytes.count >= 2 else {
        return Array(bytes)
    }
    return Array(bytes.dropFirst().dropLast())
}
