// SPDX-License-Identifier: Apache-2.0

package import Mail

/// What one transaction may hold.
///
/// Each limit names the attack it stops.
package struct TransactionLimits: Sendable {
    /// Recipients of one message: stops a peer from growing our memory by RCPT alone.
    ///
    /// Postfix allows 1,000 by itself.
    package var recipients = 10_000
    /// Bytes of header section and body that are kept: stops one message from taking the whole process.
    ///
    /// What lies beyond is not kept, and the message is passed on as it came.
    package var messageSize = 100 * 1_024 * 1_024

    package init() {}
}

/// One mail transaction as the MTA tells it: MAIL, RCPT, header fields, end of header, body, end of message.
///
/// A value with no I/O. Because replies are negotiated away, a fault in mid-transaction is remembered and told at the
/// end of the message, the one step that is answered. One connection carries many transactions (RFC 5321, section
/// 4.1.4), so the order is checked here.
package struct Transaction: Sendable {
    /// Why a transaction cannot be judged; the MTA is told to come again later.
    package enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        case outOfOrder(String)
        case tooManyRecipients(limit: Int)

        package var description: String {
            switch self {
            case .outOfOrder(let step): "\(step) came out of order"
            case .tooManyRecipients(let limit): "more than \(limit) recipients"
            }
        }
    }

    private enum State {
        case idle, envelope, header, body
    }

    private let limits: TransactionLimits
    private var state = State.idle
    private var envelope = Envelope()
    private var bytes: [UInt8] = []
    private var bodyStart: Int?
    private var omitted = 0
    private var fault: Fault?

    package init(limits: TransactionLimits = .init()) {
        self.limits = limits
    }

    /// MAIL FROM: whatever went before is over.
    ///
    /// The declared size (RFC 1870) only saves copying; it is not believed beyond the limit.
    package mutating func mail(_ sender: ReversePath, declaredSize: Int = 0) {
        self = Transaction(limits: limits)
        state = .envelope
        envelope.sender = sender
        bytes.reserveCapacity(max(0, min(declaredSize, limits.messageSize)))
    }

    /// RCPT TO, accepted by the MTA.
    package mutating func recipient(_ recipient: ForwardPath) {
        guard state == .envelope else { return fail(.outOfOrder("RCPT")) }
        guard envelope.recipients.count < limits.recipients else {
            return fail(.tooManyRecipients(limit: limits.recipients))
        }
        envelope.recipients.append(recipient)
    }

    /// One header field; milter gives folded lines with a bare LF and keeps the space after the colon.
    package mutating func field(name: some Collection<UInt8>, value: some Collection<UInt8>) {
        guard state == .envelope || state == .header else { return fail(.outOfOrder("header field")) }
        state = .header
        let size = name.count + value.count + 3
        guard omitted == 0, size <= limits.messageSize - bytes.count else { return omit(size) }
        bytes.append(contentsOf: name)
        bytes.append(UInt8(ascii: ":"))
        appendField(value)
        bytes.append(contentsOf: [0x0D, 0x0A])
    }

    /// The empty line.
    package mutating func endOfHeader() {
        guard state == .envelope || state == .header else { return fail(.outOfOrder("end of header")) }
        state = .body
        guard omitted == 0, limits.messageSize - bytes.count >= 2 else { return omit(2) }
        bytes.append(contentsOf: [0x0D, 0x0A])
        bodyStart = bytes.count
    }

    /// A piece of the body.
    package mutating func body(_ chunk: some Collection<UInt8>) {
        guard state == .body else { return fail(.outOfOrder("body")) }
        guard omitted == 0, chunk.count <= limits.messageSize - bytes.count else { return omit(chunk.count) }
        bytes.append(contentsOf: chunk)
    }

    /// The end of the message: gives the message and is idle again.
    package mutating func endOfMessage(
        queueID: QueueID, client: ClientFacts = ClientFacts()
    ) throws(Fault) -> ReceivedMessage {
        let ended = self
        self = Transaction(limits: limits)
        if let fault = ended.fault { throw fault }
        guard ended.state != .idle else { throw .outOfOrder("end of message") }
        var message = ReceivedMessage(
            envelope: ended.envelope, queueID: queueID, client: client.address, login: client.login,
            bytes: ended.bytes, bodyStart: ended.bodyStart ?? ended.bytes.count, omitted: ended.omitted)
        message.clientName = client.name
        message.authType = client.authType
        message.daemonName = client.daemonName
        return message
    }

    /// The MTA gave up on the message.
    package mutating func abort() {
        self = Transaction(limits: limits)
    }

    /// Folding comes with a bare LF; in the message it is CR LF.
    private mutating func appendField(_ value: some Collection<UInt8>) {
        var previous: UInt8 = 0
        for byte in value {
            if byte == 0x0A, previous != 0x0D { bytes.append(0x0D) }
            bytes.append(byte)
            previous = byte
        }
    }

    private mutating func omit(_ size: Int) {
        omitted &+= size
    }

    private mutating func fail(_ fault: Fault) {
        if self.fault == nil { self.fault = fault }
    }
}
