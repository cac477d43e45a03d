// SPDX-License-Identifier: Apache-2.0

import Bytes
import MIME
package import Mail

/// A message as an MTA keeps it while milters look at it: header fields one by one, and a body.
///
/// What an MTA makes of an answer's modifications, without an MTA: `rearguard rewrite` and the tests deliver with it.
/// Bytes that no modification names stay as they are.
package struct QueuedMessage {
    private struct Field {
        let name: HeaderFieldName
        /// With its line end.
        var bytes: [UInt8]
    }

    /// More than any message has: an MTA does not know the parser's limits.
    private static var limits: MIMELimits {
        var limits = MIMELimits()
        limits.headerSize = .max
        limits.headerFields = .max
        return limits
    }

    /// The first line of an mbox file, which no MTA sees: it stays before everything.
    private let mailboxLine: [UInt8]
    private var fields: [Field] = []
    /// From behind the last field to the body.
    private let divider: [UInt8]
    private let lineEnd: [UInt8]
    private var body: [UInt8]

    /// A message as a file holds it, with CR LF or bare LF line ends.
    package init(_ bytes: [UInt8]) {
        var end = 0
        var bodyStart = bytes.count
        if let header = try? EntityTree.header(of: bytes, limits: Self.limits) {
            end = header.range.lowerBound
            mailboxLine = Array(bytes[..<end])
            for field in header.fields {
                let name = HeaderFieldName(bytes[field.name])
                fields.append(Field(name: name, bytes: Array(bytes[end..<field.range.upperBound])))
                end = field.range.upperBound
            }
            bodyStart = header.contentStart
        } else {
            mailboxLine = []
        }
        divider = Array(bytes[end..<bodyStart])
        body = Array(bytes[bodyStart...])
        let lineFeed = bytes.firstIndex(of: .lineFeed) ?? 0
        let isBare = lineFeed > 0 && bytes[lineFeed - 1] != .carriageReturn
        lineEnd = isBare ? [.lineFeed] : [.carriageReturn, .lineFeed]
    }

    /// The whole message as it stands now.
    package var bytes: [UInt8] { mailboxLine + fields.flatMap(\.bytes) + divider + body }

    /// Bytes of the body as it stands now.
    package var bodySize: Int { body.count }

    /// What a milter is given at the end of the message.
    package func received(
        _ envelope: Envelope, queueID: QueueID = .none, client: String? = nil, login: String? = nil
    ) -> ReceivedMessage {
        let start = fields.reduce(mailboxLine.count + divider.count) { $0 + $1.bytes.count }
        return ReceivedMessage(
            envelope: envelope, queueID: queueID, client: client, login: login, bytes: bytes, bodyStart: start)
    }

    /// Carries out one modification; a field that is not there is left alone, as MTAs do.
    package mutating func make(_ modification: Modification) {
        switch modification {
        case .insertField(let field):
            fields.insert(Field(name: field.name, bytes: line(field.name, field.value)), at: 0)
        case .changeField(let name, let occurrence, let value):
            let places = fields.indices.filter { fields[$0].name == name }
            guard places.indices.contains(occurrence - 1) else { return }
            if let value {
                fields[places[occurrence - 1]].bytes = line(name, value)
            } else {
                fields.remove(at: places[occurrence - 1])
            }
        case .replaceBody(let new): body = new.joined
        }
    }

    private func line(_ name: HeaderFieldName, _ value: [UInt8]) -> [UInt8] {
        let space: [UInt8] = value.first == .space || value.first == .tab ? [] : [.space]
        return name.bytes + [UInt8(ascii: ":")] + space + value + lineEnd
    }
}
