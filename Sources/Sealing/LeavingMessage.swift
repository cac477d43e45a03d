// SPDX-License-Identifier: Apache-2.0

import Bytes
import Mail

/// The message as the MTA has it after our modifications: what a signature must be over.
enum LeavingMessage {
    /// Fields that are looked at; beyond it nothing is signed, and no message that people write has a tenth of it.
    static let fieldLimit = 10_000

    static func fields(of message: ReceivedMessage, after modifications: [Modification]) -> [HeaderField] {
        var fields = message.fields.prefix(fieldLimit).map { HeaderField(name: $0.name, value: Array($0.value)) }
        for modification in modifications {
            switch modification {
            case .insertField(let field): fields.insert(field, at: 0)
            case .changeField(let name, let occurrence, let value):
                let places = fields.indices.filter { fields[$0].name == name }
                guard places.indices.contains(occurrence - 1) else { continue }
                if let value {
                    fields[places[occurrence - 1]] = HeaderField(name: name, value: value)
                } else {
                    fields.remove(at: places[occurrence - 1])
                }
            case .replaceBody: continue
            }
        }
        return fields
    }

    static func bodyDigest(of message: ReceivedMessage, after modifications: [Modification]) -> [UInt8] {
        var body = RelaxedForm.Body()
        var replaced = false
        for case .replaceBody(let new) in modifications {
            new.forEachPiece { body.update($0) }
            replaced = true
        }
        if !replaced { body.update(message.bytes[message.bodyStart...]) }
        return body.digest()
    }
}

/// The header fields that a signature covers (RFC 6376, section 5.4.1), each as often as it is there.
struct SignedFields {
    /// As `h=` lists them.
    let names: String
    /// The fields in the same order, from the last of each name to the first (RFC 6376, section 5.4.2).
    let canonical: [UInt8]

    /// Fields in all; stops a message of 10,000 `To` fields from making a field that no MTA takes.
    private static let limit = 100

    /// No trace fields, no ARC fields and no Authentication-Results (RFC 8617, section 4.1.2).
    private static let covered: [HeaderFieldName] = [
        "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
        "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "List-Id", "List-Unsubscribe",
        "List-Unsubscribe-Post", "DKIM-Signature",
    ]

    init(_ fields: [HeaderField]) {
        let wanted = Set(Self.covered)
        var byName: [HeaderFieldName: [HeaderField]] = [:]
        for field in fields where wanted.contains(field.name) { byName[field.name, default: []].append(field) }
        var signed: [HeaderField] = []
        for name in Self.covered { signed += (byName[name] ?? []).reversed() }
        signed = Array(signed.prefix(Self.limit))
        // Folded, because a line has at most 998 bytes (RFC 5322, section 2.1.1).
        names = signed.enumerated().map { index, field in
            (index > 0 && index % 5 == 0 ? "\r\n\t " : "") + field.name.bytes.lowercased.text
        }.joined(separator: ":")
        canonical = signed.flatMap { RelaxedForm.field($0) }
    }
}
