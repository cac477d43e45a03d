// SPDX-License-Identifier: Apache-2.0

import Bytes
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

    /// OpenPGP text within plain text is signed or encrypted without any MIME type saying so.
    func protection(in text: [UInt8]) -> Protection? {
        self == .plain ? Protection(inline: text) : nil
    }

    func scan(_ text: [UInt8], charset: Charset, limits: LinkLimits) -> LinkScan {
        switch self {
        case .html: HTMLLinks.candidates(in: text, charset: charset.reading(of: text), limits: limits)
        case .plain: TextLinks.candidates(in: text, charset: charset.reading(of: text), limits: limits)
        }
    }
}

extension Charset {
    /// How the links of a text are read.
    ///
    /// What has no label is UTF-8 if it can be; of the sets we do not know, only
    /// links in ASCII are rewritten (`isFullyRead`), and any set that agrees with ASCII reads those.
    fileprivate func reading(of text: [UInt8]) -> TextCharset {
        switch self {
        case .utf8: .utf8
        case .ascii: String(validating: text, as: UTF8.self) == nil ? .windows1252 : .utf8
        case .windows1252, .latin9, .otherASCII, .converted, .opaque: .windows1252
        }
    }

    /// Whether characters beyond ASCII in a link are known for certain.
    var isFullyRead: Bool {
        switch self {
        case .utf8, .ascii, .windows1252: true
        case .latin9, .otherASCII, .converted, .opaque: false
        }
    }
}
