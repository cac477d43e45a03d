// SPDX-License-Identifier: Apache-2.0

import Bytes
import Links
import MIME
import Mail
import Records

/// How links are found in a part that mail clients show as text.
struct TextFormat {
    private let format: LinkFormat
    /// The header section of a message that could not be delivered (RFC 6522, section 4), or the fields that say so: full of
    /// host names that trace it.
    private let isTrace: Bool

    /// Nil for a part that no client shows by itself.
    ///
    /// A text type that nobody knows is shown as plain text (RFC 2046, section 4.1.4). AMP parts are HTML
    /// (text/x-amp-html), and so are SVG and XML as clients show them; CSS and JavaScript are not shown, but some clients
    /// show them as text, so they are searched as such. Contact cards fold and escape as calendars do (RFC 6350,
    /// section 3). What a report says for programs is shown as text by mutt and Apple Mail; reports of abuse are not, and
    /// their URLs are what they are about.
    init?(_ leaf: Entity) {
        let type = leaf.contentType
        isTrace = type.mediaType == "text/rfc822-headers" || Self.reports.contains(type.mediaType)
        switch type.mediaType {
        case "text/html", "text/x-amp-html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml":
            format = .html
        case "text/calendar", "text/x-vcalendar", "application/ics", "text/vcard", "text/x-vcard", "text/directory":
            format = .calendar
        case "text/enriched", "text/richtext": format = .enriched
        case _ where type.mediaType.hasSuffix("html") || type.mediaType.hasSuffix("xhtml+xml"): format = .html
        case "application/octet-stream":
            guard let named = Self.format(ofFile: leaf.fileName) else { return nil }
            format = named
        case _ where isTrace: format = .plain(flow: nil)
        case _ where type.isText: format = .plain(flow: Self.flow(type))
        default: return nil
        }
    }

    /// What a file of no type is to whoever opens it: Thunderbird shows it in the message, the others on a click.
    private static func format(ofFile name: String?) -> LinkFormat? {
        guard let ending = name?.utf8.split(separator: UInt8(ascii: ".")).last.map({ Array($0).lowercased.text }) else {
            return nil
        }
        return switch ending {
        case "html", "htm", "xhtml", "xht", "shtml", "svg": .html
        case "ics", "vcf": .calendar
        default: nil
        }
    }

    private static let reports = [
        "message/delivery-status", "message/global-delivery-status", "message/disposition-notification",
        "message/global-disposition-notification", "message/global-headers",
    ]

    /// What the policy calls it.
    var part: Policy.Part {
        switch format {
        case .html: .html
        case .calendar: .calendar
        case .plain, .enriched: .text
        }
    }

    /// Where records say that links stood which were found apart from a scan.
    var place: LinkRecord.Place { part == .html ? .html : .text }

    /// Whether what looks like a link is one to people, too: a host in a Received field is none.
    func counts(_ link: LinkCandidate, in text: [UInt8]) -> Bool {
        guard isTrace else { return true }
        let written = text[link.range]
        return written.prefix(4).equalsIgnoringCase("http") || written.prefix(4).equalsIgnoringCase("www.")
    }

    /// What is signed or encrypted within plain text, without any MIME type saying so.
    func pgpBlocks(in text: [UInt8]) -> [InlinePGP.Block] {
        if case .plain = format { InlinePGP.blocks(in: text) } else { [] }
    }

    func scan(_ text: [UInt8], charset: Charset, limits: LinkLimits) -> LinkScan {
        PartLinks.scan(text, as: format, charset: charset.reading(of: text), limits: limits)
    }

    /// RFC 3676, section 4.
    private static func flow(_ type: ContentType) -> TextFlow? {
        guard type.parameters["format"]?.equalsIgnoringCase("flowed") == true else { return nil }
        return TextFlow(deletesSpace: type.parameters["delsp"]?.equalsIgnoringCase("yes") == true)
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
        case .ascii: text.isASCII || String(validating: text, as: UTF8.self) != nil ? .utf8 : .windows1252
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
