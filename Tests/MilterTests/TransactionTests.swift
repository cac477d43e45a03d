// SPDX-License-Identifier: Apache-2.0

import Mail
import Testing

@testable import Milter

@Suite struct TransactionTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func end(_ transaction: inout Transaction) throws -> ReceivedMessage {
        try transaction.endOfMessage(queueID: QueueID(bytes("4F1")))
    }

    @Test func `a message is put together as it was sent`() throws {
        var transaction = Transaction()
        transaction.mail(ReversePath(bytes("<a@example.org>")), declaredSize: 100)
        transaction.recipient(ForwardPath(bytes("<b@example.net>")))
        transaction.field(name: bytes("Subject"), value: bytes(" one\n\ttwo"))
        transaction.field(name: bytes("X-Odd"), value: bytes("no space"))
        transaction.endOfHeader()
        transaction.body(bytes("line\r\n"))
        transaction.body(bytes("end\r\n"))
        let message = try end(&transaction)
        #expect(message.bytes == bytes("Subject: one\r\n\ttwo\r\nX-Odd:no space\r\n\r\nline\r\nend\r\n"))
        #expect(message.bytes[message.bodyStart...] == bytes("line\r\nend\r\n")[...])
        #expect(message.envelope.sender == .address(bytes("a@example.org")))
        #expect(message.envelope.recipients == [ForwardPath(bytes("b@example.net"))])
        #expect(message.omitted == 0)
    }

    @Test func `a message without a body ends where its header section ends`() throws {
        var transaction = Transaction()
        transaction.mail(.null)
        transaction.recipient(ForwardPath(bytes("b@example.net")))
        transaction.field(name: bytes("A"), value: bytes(" 1"))
        let message = try end(&transaction)
        #expect(message.bodyStart == message.bytes.count)
        #expect(message.envelope.sender == .null)
    }

    @Test(arguments: [0, 1, 5]) func `recipients beyond the limit are refused for now`(limit: Int) throws {
        var limits = TransactionLimits()
        limits.recipients = limit
        var transaction = Transaction(limits: limits)
        transaction.mail(.null)
        for _ in 0...limit { transaction.recipient(ForwardPath(bytes("b@example.net"))) }
        #expect(throws: Transaction.Fault.tooManyRecipients(limit: limit)) { try end(&transaction) }
    }

    @Test func `what lies beyond the size limit is counted and not kept`() throws {
        var limits = TransactionLimits()
        limits.messageSize = 20
        var transaction = Transaction(limits: limits)
        transaction.mail(.null, declaredSize: .max)
        transaction.field(name: bytes("A"), value: bytes(" 1"))
        transaction.endOfHeader()
        transaction.body(bytes("1234567890"))
        transaction.body(bytes("1234567890"))
        transaction.body(bytes("1"))
        let message = try end(&transaction)
        #expect(message.bytes.count == 18)
        #expect(message.omitted == 11)
        #expect(message.size == 29)
        #expect(message.bodyStart == 8)
    }

    @Test func `a header section over the limit leaves no body start inside it`() throws {
        var limits = TransactionLimits()
        limits.messageSize = 8
        var transaction = Transaction(limits: limits)
        transaction.mail(.null)
        transaction.field(name: bytes("A"), value: bytes(" 1"))
        transaction.field(name: bytes("B"), value: bytes(" 123456789"))
        transaction.endOfHeader()
        transaction.body(bytes("x"))
        let message = try end(&transaction)
        #expect(message.bodyStart == message.bytes.count)
        #expect(message.omitted > 0)
    }

    @Test func `the next message on the connection starts empty`() throws {
        var transaction = Transaction()
        transaction.mail(.address(bytes("a@example.org")))
        transaction.recipient(ForwardPath(bytes("b@example.net")))
        transaction.field(name: bytes("A"), value: bytes(" 1"))
        transaction.abort()
        transaction.mail(.null)
        transaction.endOfHeader()
        let message = try end(&transaction)
        #expect(message.bytes == bytes("\r\n"))
        #expect(message.envelope == Envelope())
    }

    @Test func `steps out of order are refused at the end of the message and forgotten after it`() throws {
        var transaction = Transaction()
        #expect(throws: Transaction.Fault.outOfOrder("end of message")) { try end(&transaction) }
        transaction.mail(.null)
        transaction.body(bytes("body before the header's end"))
        #expect(throws: Transaction.Fault.outOfOrder("body")) { try end(&transaction) }
        transaction.recipient(ForwardPath(bytes("b@example.net")))
        #expect(throws: Transaction.Fault.outOfOrder("RCPT")) { try end(&transaction) }
        transaction.mail(.null)
        transaction.endOfHeader()
        #expect(try end(&transaction).size == 2)
    }
}
