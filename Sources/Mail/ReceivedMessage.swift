// SPDX-License-Identifier: Apache-2.0

/// A message with its envelope, as the MTA hands it over at the end of the transaction.
package struct ReceivedMessage: Sendable {
    package var envelope: Envelope
    package var queueID: QueueID
    /// The SMTP client's address as the MTA writes it; nil when it did not say.
    package var client: String?
    /// The login name of an authenticated client.
    package var login: String?
    /// Header section, empty line and body, with CR LF line ends where the MTA sends them so.
    package var bytes: [UInt8]
    /// Where the body starts: just after the empty line, or the end of `bytes` when there is no body.
    package var bodyStart: Int
    /// How many bytes of the message were not kept, because it is over the size limit; such a message is passed on as
    /// it came.
    package var omitted: Int

    package init(
        envelope: Envelope, queueID: QueueID, client: String? = nil, login: String? = nil, bytes: [UInt8],
        bodyStart: Int,
        omitted: Int = 0
    ) {
        self.envelope = envelope
        self.queueID = queueID
        self.client = client
        self.login = login
        self.bytes = bytes
        self.bodyStart = bodyStart
        self.omitted = omitted
    }

    /// In bytes, as received.
    package var size: Int { bytes.count + omitted }
}
