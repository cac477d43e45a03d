// SPDX-License-Identifier: Apache-2.0

// Submission: gives mail of our own to the site's MTA, which queues it and does the rest.
//
// Two ways. By SMTP to the MTA's port, which needs no right but to connect, so that rearguardd keeps its sandbox. Or by the
// `sendmail` command, where the port is not for us; with Postfix that command writes into the queue through a set-group-ID
// helper, which a service with NoNewPrivileges cannot start.
//
// What is sent is answered by nobody: the null sender, and Auto-Submitted (RFC 3834). Road not taken: sending to the
// recipients' servers ourselves, which is a mail server's job with its queue, retries and policies.

import Dispatch

/// How mail is given to the MTA.
package enum Submission: Hashable, Sendable, CustomStringConvertible {
    /// The path of the command.
    case sendmail(String)
    case smtp(host: String, port: UInt16)

    /// An MTA that takes longer to take one mail has a trouble of its own; seconds.
    static let timeLimit = 30

    /// Written as an absolute path, or `smtp://host:port` (port 25 when there is none); nil for anything else.
    package init?(_ text: String) {
        if text.hasPrefix("/") {
            self = .sendmail(text)
            return
        }
        guard text.hasPrefix("smtp://") else { return nil }
        let place = text.dropFirst("smtp://".count)
        // The last colon, unless it stands within the brackets of an IPv6 address.
        let colon = place.lastIndex(of: ":").flatMap { place[$0...].contains("]") ? nil : $0 }
        let host = String(place[..<(colon ?? place.endIndex)])
        guard let port = colon.map({ UInt16(place[place.index(after: $0)...]) }) ?? 25, port > 0, !host.isEmpty,
            host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "@") })
        else { return nil }
        self = .smtp(host: host, port: port)
    }

    package var description: String {
        switch self {
        case .sendmail(let path): path
        case .smtp(let host, let port): "smtp://\(host):\(port)"
        }
    }

    /// Gives the mail away; when this returns, the MTA has it.
    package func send(_ mail: OutgoingMail) async throws(SubmissionError) {
        switch self {
        case .sendmail(let path): try await Sendmail(path: path).send(mail)
        case .smtp:
            let url = "\(description)/"
            let (results, result) = AsyncStream.makeStream(of: SubmissionError?.self)
            // libcurl waits for the server, so it gets a thread of its own.
            DispatchQueue.global().async {
                result.yield(SMTPDelivery(url: url).send(mail))
                result.finish()
            }
            guard let outcome = await results.first(where: { _ in true }) else {
                throw SubmissionError("interrupted while \(self) was at work")
            }
            if let outcome { throw outcome }
        }
    }
}

/// Why the MTA did not take a mail.
package struct SubmissionError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
