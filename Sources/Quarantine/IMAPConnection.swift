// SPDX-License-Identifier: Apache-2.0

import Bytes

/// One mailbox's connection: commands in, checked answers out.
///
/// Not thread-safe; `MailboxSession` owns it.
final class IMAPConnection {
    private let wire: CurlConnection
    private let server: MailboxServer
    private var commandNumber = 0
    private var capabilities: Set<String>?

    /// Bytes of one answer: a list of 10,000 folders has about 1 MiB.
    ///
    /// Stops a server from growing our memory.
    private static let answerLimit = 4 * 1_024 * 1_024

    /// Connects and logs in.
    init(_ server: MailboxServer, mailbox: String) throws(QuarantineError) {
        self.server = server
        wire = try CurlConnection(server, login: server.loginName(for: mailbox))
    }

    deinit {
        // Politeness only: the server notices the closed connection too.
        try? wire.send(StaticString("R0 LOGOUT\r\n").bytes)
    }

    /// What the server can do, asked once.
    func can(_ capability: String) throws(QuarantineError) -> Bool {
        if let capabilities { return capabilities.contains(capability) }
        let found = Set(
            try require(.capability).untagged.flatMap { line -> [String] in
                if case .capability(let words) = line { words } else { [] }
            })
        capabilities = found
        return found.contains(capability)
    }

    /// Sends a command; the answer ends in OK or NO, everything else is thrown.
    func run(_ command: IMAPCommand) throws(QuarantineError) -> IMAPReply {
        commandNumber &+= 1
        let tag = Array("R\(commandNumber)".utf8)
        try wire.send(tag + [.space] + command.line + StaticString("\r\n").bytes)
        let reply = IMAPReply(try answer(to: tag))
        guard let status = reply.status else {
            throw QuarantineError(.badReply, "\(server.place) gave no answer that can be read")
        }
        guard status.condition != .bad else {
            throw QuarantineError(.badReply, "\(server.place) did not understand a command: \(status.text)")
        }
        return reply
    }

    /// Sends a command that must end in OK.
    func require(_ command: IMAPCommand) throws(QuarantineError) -> IMAPReply {
        let reply = try run(command)
        guard let status = reply.status, status.condition == .ok else { throw refusal(reply.status) }
        return reply
    }

    /// The server's own no, as an error.
    func refusal(_ status: IMAPStatus?) -> QuarantineError {
        // RFC 5530, section 3: these pass by themselves.
        let passes = ["UNAVAILABLE", "INUSE", "SERVERBUG"].contains(status?.code.first)
        return QuarantineError(
            passes ? .unreachable : .refused, "\(server.place) refused: \(status?.text ?? "no reason given")")
    }

    private func answer(to tag: [UInt8]) throws(QuarantineError) -> [UInt8] {
        let deadline = ContinuousClock.now + .seconds(server.commandTimeout)
        var end = AnswerEnd(tag: tag)
        var bytes: [UInt8] = []
        while !end.isReached(in: bytes) {
            bytes += try wire.receive(until: deadline)
            guard bytes.count <= Self.answerLimit else {
                throw QuarantineError(
                    .badReply, "an answer of \(server.place) is longer than \(Self.answerLimit) bytes")
            }
        }
        return bytes
    }
}
