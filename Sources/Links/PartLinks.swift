// SPDX-License-Identifier: Apache-2.0

/// How a part is searched.
package enum LinkFormat: Hashable, Sendable {
    /// text/html, application/xhtml+xml, image/svg+xml: as HTML clients read them.
    case html
    /// text/plain and every text type that clients show as such; `flow` is nil when it is not format=flowed.
    case plain(flow: TextFlow?)
    /// text/calendar (RFC 5545).
    case calendar
    /// text/enriched (RFC 1896) and text/richtext (RFC 1341).
    case enriched
}

/// The parameters of a format=flowed part (RFC 3676).
package struct TextFlow: Hashable, Sendable {
    /// DelSp=yes: the space before a soft line break goes with it, so that a word may be broken.
    package var deletesSpace: Bool

    package init(deletesSpace: Bool) {
        self.deletesSpace = deletesSpace
    }
}

/// The links of a decoded part, whatever its format: the one entry for whoever inspects messages.
package enum PartLinks {
    /// What a mail client would open in the decoded bytes of the part.
    package static func scan(
        _ bytes: [UInt8], as format: LinkFormat, charset: TextCharset, limits: LinkLimits
    ) -> LinkScan {
        switch format {
        case .html: HTMLLinks.candidates(in: bytes, charset: charset, limits: limits)
        case .plain(let flow) where flow?.deletesSpace != true:
            TextLinks.candidates(in: bytes, flow: flow, charset: charset, limits: limits)
        default:
            // Several readings, put together.
            read(bytes, format, charset, limits).checked(over: bytes, limits) { read($0, format, charset, limits) }
        }
    }

    private static func read(
        _ bytes: [UInt8], _ format: LinkFormat, _ charset: TextCharset, _ limits: LinkLimits
    ) -> LinkScan {
        switch format {
        case .html: HTMLLinks.candidates(in: bytes, charset: charset, limits: limits)
        case .plain(let flow): TextLinks.candidates(in: bytes, flow: flow, charset: charset, limits: limits)
        case .calendar: CalendarLinks.candidates(in: bytes, charset: charset, limits: limits)
        case .enriched: TextLinks.candidates(inEnriched: bytes, charset: charset, limits: limits)
        }
    }
}
