// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The MTA's name for a message in its queue (the `{i}` macro): the key of our log lines.
package struct QueueID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Postfix writes at most 20 characters, Sendmail 14; anything beyond stops a peer from filling the log.
    private static let lengthLimit = 64

    /// Keeps letters, digits and dashes, as MTAs write them; anything else becomes `?`.
    package init(_ bytes: some Collection<UInt8>) {
        let clean = bytes.prefix(Self.lengthLimit).map {
            $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") ? $0 : UInt8(ascii: "?")
        }
        description = clean.isEmpty ? "NOQUEUE" : clean.text
    }

    /// When the MTA gave none.
    package static let none = QueueID([])
}
