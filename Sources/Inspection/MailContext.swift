// SPDX-License-Identifier: Apache-2.0

package import Mail

/// What is known of a message before anybody looks into it: what policies are chosen by.
package struct MailContext: Sendable {
    package let envelope: Envelope
    package let direction: MailDirection
    /// What trusted verifiers said.
    package let results: [AuthenticationResult]
}

/// What tells a site's own mail from other mail.
package struct SiteMail: Sendable {
    /// The recipients that are inside; empty: all of them.
    package var domains: [AddressPattern]
    /// Where own users' programs and servers stand that hand mail over without logging in.
    package var networks: [NetworkRange]
    /// The verifiers whose Authentication-Results count, by their authserv-id.
    package var verifiers: [String]

    package init(domains: [AddressPattern] = [], networks: [NetworkRange] = [], verifiers: [String] = []) {
        self.domains = domains
        self.networks = networks
        self.verifiers = verifiers
    }

    func context(of message: ReceivedMessage) -> MailContext {
        MailContext(
            envelope: message.envelope, direction: direction(of: message),
            results: AuthenticationResults.trusted(in: message, verifiers: verifiers))
    }

    /// A sender's address proves nothing, so inside is who logged in or stands in an own network.
    private func direction(of message: ReceivedMessage) -> MailDirection {
        let isAuthenticated = message.login != nil || message.authType != nil
        let isFromInside =
            isAuthenticated || message.client.map { client in networks.contains { $0.covers(client) } } ?? false
        guard isFromInside else { return .inbound }
        let isForOthers = message.envelope.recipients.contains { recipient in
            !domains.isEmpty && !domains.contains { $0.covers(recipient.bytes) }
        }
        return isForOthers ? .outbound : .internal
    }
}
