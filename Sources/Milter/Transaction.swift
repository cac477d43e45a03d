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
    /// Bytes that inspecting one message may take beside the message itself.
    package var workSize = 16 * 1_024 * 1_024

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
        case noMemory(limit: Int)

        package var description: String {
            switch self {
            case .outOfOrder(let step): "\(step) came out of order"
            case .tooManyRecipients(let limit): "more than \(limit) recipients"
            case .noMemory(let limit): "all messages in flight would take more than \(limit) bytes"
            }
        }

        /// What the SMTP client hears.
        package var reply: SMTPReply {
            switch self {
            case .outOfOrder: .tryAgain
            case .tooManyRecipients:
                SMTPReply(code: "452", enhancedCode: "4.5.3", text: "Too many recipients, send to fewer at a time")
            case .noMemory: .systemFull
            }
        }
    }

    private enum State {
        case idle, envelope, header, body
    }

    private let limits: TransactionLimits
    private let budget: MemoryBudget
    private var state = State.idle
    private var envelope = Envelope()
    private var buffer = MessageBuffer()
    private var bodyStart: Int?
    private var omitted = 0
    private var fault: Fault?
    /// What the message takes of the memory; whoever has the message keeps this beside it.
    private(set) var lease: MemoryLease

    package init(limits: TransactionLimits = .init(), budget: MemoryBudget = MemoryBudget(limit: .max)) {
        self.limits = limits
        self.budget = budget
        lease = MemoryLease(budget)
    }

    /// MAIL FROM: whatever went before is over.
    ///
    /// The declared size (RFC 1870) only saves copying; it is not believed beyond the limit.
    package mutating func mail(_ sender: ReversePath, declaredSize: Int = 0) {
        self = Transaction(limits: limits, budget: budget)
        state = .envelope
        envelope.sender = sender
        buffer.expect(max(0, min(declaredSize, limits.messageSize)))
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
        guard keeps(name.count + value.count + 3) else { return }
        buffer.append(name)
        buffer.append(UInt8(ascii: ":"))
        appendField(value)
        appendLineEnd()
    }

    /// The empty line.
    package mutating func endOfHeader() {
        guard state == .envelope || state == .header else { return fail(.outOfOrder("end of header")) }
        state = .body
        guard keeps(2) else { return }
        appendLineEnd()
        bodyStart = buffer.count
    }

    /// A piece of the body.
    package mutating func body(_ chunk: some Collection<UInt8>) {
        guard state == .body else { return fail(.outOfOrder("body")) }
        guard keeps(chunk.count) else { return }
        buffer.append(chunk)
    }

    /// The end of the message: gives the message and is idle again.
    package mutating func endOfMessage(
        queueID: QueueID, client: ClientFacts = ClientFacts()
    ) throws(Fault) -> ReceivedMessage {
        var ended = self
        self = Transaction(limits: limits, budget: budget)
        if ended.state == .idle { ended.fail(.outOfOrder("end of message")) }
        let size = ended.buffer.count
        // Small messages are worked on in some multiple of their size, large ones piece by piece.
        if !ended.lease.cover(size + min(4 * size, limits.workSize)) { ended.fail(.noMemory(limit: budget.limit)) }
        if let fault = ended.fault { throw fault }
        var message = ReceivedMessage(
            envelope: ended.envelope, queueID: queueID, client: client.address, login: client.login,
            bytes: ended.buffer.takeAll(), bodyStart: ended.bodyStart ?? size, omitted: ended.omitted)
        message.clientName = client.name
        message.authType = client.authType
        message.daemonName = client.daemonName
        return message
    }

    /// The MTA gave up on the message.
    package mutating func abort() {
        self = Transaction(limits: limits, budget: budget)
    }

    /// Folding comes with a bare LF; in the message it is CR LF.
    private mutating func appendField(_ value: some Collection<UInt8>) {
        var rest = value[...]
        while let lineFeed = rest.firstIndex(of: 0x0A) {
            let line = rest[..<lineFeed]
            buffer.append(line)
            let hasReturn = !line.isEmpty && line[line.index(line.startIndex, offsetBy: line.count - 1)] == 0x0D
            if hasReturn { buffer.append(0x0A) } else { appendLineEnd() }
            rest = rest[rest.index(after: lineFeed)...]
        }
        buffer.append(rest)
    }

    private mutating func appendLineEnd() {
        buffer.append(0x0D)
        buffer.append(0x0A)
    }

    /// Whether the next bytes are kept: not beyond the message's limit, and not beyond the budget of all.
    private mutating func keeps(_ size: Int) -> Bool {
        guard fault == nil else { return false }
        guard omitted == 0, size <= limits.messageSize - buffer.count else {
            omitted &+= size
            return false
        }
        guard lease.cover(buffer.count + size) else {
            fail(.noMemory(limit: budget.limit))
            return false
        }
        return true
    }

    /// The first fault counts; what was kept goes at once.
    private mutating func fail(_ fault: Fault) {
        guard self.fault == nil else { return }
        self.fault = fault
        buffer = MessageBuffer()
        lease = MemoryLease(budget)
    }
}
