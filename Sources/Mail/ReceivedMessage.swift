// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A message with its envelope, as the MTA hands it over at the end of the transaction.
package struct ReceivedMessage: Sendable {
    package var envelope: Envelope
    package var queueID: QueueID
    /// The SMTP client's address as the MTA writes it; nil when it did not say.
    package var client: String?
    /// The SMTP client's name as the MTA verified it (`{client_name}`); an address in brackets when it has none.
    package var clientName: String?
    /// The login name of an authenticated client.
    package var login: String?
    /// How the client authenticated (`{auth_type}`: PLAIN, EXTERNAL …); nil when it did not.
    package var authType: String?
    /// The name of the MTA's listener (`{daemon_name}`): how a submission port is told from port 25.
    package var daemonName: String?
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

    /// The values of all header fields of that name, from the top, folding included.
    ///
    /// The MTA gave the fields one by one, so lines decide here, not a parser: what a milter before us added
    /// (`Authentication-Results`) is found even in a header section that goes beyond a parser's limits.
    package func values(of name: HeaderFieldName) -> [ArraySlice<UInt8>] {
        var values: [ArraySlice<UInt8>] = []
        var fields = fields
        while let field = fields.nextRaw(startingWith: name.bytes.first) {
            if field.name.equalsIgnoringCase(name.bytes) { values.append(field.value) }
        }
        return values
    }

    /// The header fields as the MTA gave them, from the top.
    package var fields: HeaderFields { HeaderFields(bytes[..<bodyStart]) }
}
