// SPDX-License-Identifier: Apache-2.0

import Links
import MIME

/// How links are found in a text part.
enum TextFormat {
    case html, plain

    /// Nil for a part that is not searched.
    init?(_ type: ContentType) {
        switch type.mediaType {
        case "text/html": self = .html
        case "text/plain": self = .plain
        default: return nil
        }
    }

    /// OpenPGP text within plain text (RFC 9580, section 6) is signed or encrypted without any MIME type saying so.
    func protection(in text: [UInt8]) -> Protection? {
        self == .plain ? Protection(inline: text) : nil
    }
}
