// SPDX-License-Identifier: Apache-2.0

package import Mail

/// Something about a rewritten link that a person should look at: what a user reported, or a link that too many use.
///
/// Stands in the click journal beside the clicks.
package struct ClickAlertRecord: Codable, Hashable, Sendable {
    /// What it is.
    package enum Kind: String, Codable, Sendable {
        /// "This page is safe", from a warning or block page.
        case reportedSafe = "reported_safe"
        /// "This page is phishing".
        case reportedPhishing = "reported_phishing"
        /// Far more addresses used the link than it has recipients.
        case overAudience = "over_audience"
    }

    package var type = "click_alert"
    package var v = 1
    /// 16 small hexadecimal digits, random: the record's name for ever.
    package var id: String
    /// Milliseconds since 1970, UTC.
    package var at: Int64
    package var kind: Kind
    package var reference: MessageReference
    package var ordinal: Int
    package var recipient: Int
    /// The URL as a browser opens it.
    package var url: String
    package var client: String
    /// How many addresses used the link.
    package var addresses: Int?

    package init(
        id: String, at: Int64, kind: Kind, reference: MessageReference, ordinal: Int, recipient: Int, url: String,
        client: String, addresses: Int? = nil
    ) {
        self.id = id
        self.at = at
        self.kind = kind
        self.reference = reference
        self.ordinal = ordinal
        self.recipient = recipient
        self.url = url
        self.client = client
        self.addresses = addresses
    }

    /// The record as JSON, as `Codable` would write it.
    package var json: [UInt8] {
        var out = JSONWriter(capacity: 256 + url.utf8.count)
        if let addresses { out.add("addresses", addresses) }
        out.add("at", at)
        out.add("client", client)
        out.add("id", id)
        out.add("kind", kind.rawValue)
        out.add("ordinal", ordinal)
        out.add("recipient", recipient)
        out.add("reference", reference.description)
        out.add("type", type)
        out.add("url", url)
        out.add("v", v)
        out.close()
        return out.bytes
    }
}
