// SPDX-License-Identifier: Apache-2.0

/// What an alert and its investigation are about: one spelling for one thing.
package struct Subject: Hashable, Sendable, CustomStringConvertible {
    /// What kind of thing.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A canonical expression (`host/path`), covering what it covers.
        case url
        /// The SHA-256 of an attachment, 64 small hexadecimal digits.
        case file
        /// The files that resemble the one with this SHA-256, which is malicious.
        case similar
        /// One message, by its reference (16 hexadecimal digits).
        case message
        /// The messages of an envelope sender, an address in small letters.
        case sender
        /// The messages to a recipient, an address.
        case recipient
    }

    package let kind: Kind
    package let value: String

    package init(kind: Kind, value: String) {
        self.kind = kind
        self.value = value
    }

    /// The subject written as its kind, a space and its value (`url <expression>`); nil for anything else.
    package init?(_ text: String) {
        guard let space = text.firstIndex(of: " "), let kind = Kind(rawValue: String(text[..<space])) else {
            return nil
        }
        let value = String(text[text.index(after: space)...])
        guard !value.isEmpty else { return nil }
        self.init(kind: kind, value: value)
    }

    package var description: String { "\(kind.rawValue) \(value)" }
}

/// What raises an alert.
package enum AlertKind: String, Hashable, Sendable, CaseIterable {
    /// A link was delivered before the indicator against it came.
    case urlVerdictChange = "url_verdict_change"
    /// A click was let through, and its URL is bad now.
    case urlClick = "url_click"
    /// An attachment was delivered before the indicator against it came.
    case fileVerdictChange = "file_verdict_change"
    /// A user reported a link from a page of the redirector.
    case linkReported = "link_reported"
    /// Far more addresses opened a link than it has recipients.
    case linkCrowd = "link_crowd"
    /// A file resembles one that is malicious, and nothing is said about itself.
    case fileNeighbour = "file_neighbour"
    /// A person asks for an investigation.
    case manual
    /// A user reported a delivered message.
    case userReport = "user_report"
    /// Somebody read a warning page and went on.
    case clickThrough = "click_through"
    /// A sender who is one of us, or known for long, sends what is malicious.
    case senderCompromise = "sender_compromise"
    /// An action left messages in their mailboxes.
    case cleanUpFailed = "clean_up_failed"
}
