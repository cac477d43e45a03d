// SPDX-License-Identifier: Apache-2.0

import Bytes
import Inspection
import LinkTokens
import MIME
import Mail
import MessagePath
import Records
import Testing

/// What the test site is: its redirector, its key and the name of the message.
enum Site {
    static let clickURL = Array("https://click.example.org".utf8)
    static let reference = MessageReference(bits: 0x0123_4567_89AB_CDEF)
    /// 2026-01-05 10:00 UTC.
    static let time: Int64 = 1_767_607_200_000

    static func keys() throws -> KeyRing {
        try KeyRing(text: Array("1 current \(String(repeating: "5a", count: 32))\n".utf8), name: "test keys")
    }

    static func mint() throws -> LinkMint {
        try #require(LinkMint(clickURL: clickURL, keys: keys()))
    }

    /// The message as the MTA would hand it over.
    static func received(
        _ bytes: [UInt8], sender: String = "desk@example.com", recipients: [String] = ["victim@example.net"],
        client: String? = "192.0.2.7", login: String? = nil
    ) -> ReceivedMessage {
        let start = (try? EntityTree.header(of: bytes))?.contentStart ?? 0
        return ReceivedMessage(
            envelope: Envelope(
                sender: ReversePath(Array(sender.utf8)), recipients: recipients.map { ForwardPath(Array($0.utf8)) }),
            queueID: QueueID(Array("4XyZ".utf8)), client: client, login: login, bytes: bytes, bodyStart: start)
    }

    static func inspector(_ policy: Policy, limits: InspectionLimits = InspectionLimits()) throws -> Inspector {
        try Inspector(policies: Policies(otherwise: policy), mint: mint(), keys: keys(), limits: limits)
    }

    static func inspect(
        _ bytes: [UInt8], policy: Policy = Policy(), limits: InspectionLimits = InspectionLimits(),
        recipients: [String] = ["victim@example.net"]
    ) throws -> Delivered {
        let message = received(bytes, recipients: recipients)
        let inspected = try inspector(policy, limits: limits).inspect(message, reference: reference, at: time)
        return Delivered(message, inspected)
    }
}

/// A message after the MTA made our modifications.
struct Delivered {
    let record: MessageRecord
    let modifications: [Modification]
    let disposition: Disposition
    let bytes: [UInt8]
    let bodyStart: Int

    init(_ message: ReceivedMessage, _ inspected: Inspected) {
        record = inspected.record
        modifications = inspected.modifications
        disposition = inspected.disposition
        var mta = QueuedMessage(message.bytes)
        for modification in inspected.modifications { mta.make(modification) }
        bytes = mta.bytes
        bodyStart = bytes.count - mta.bodySize
    }

    var replacesBody: Bool {
        modifications.contains { if case .replaceBody = $0 { true } else { false } }
    }

    var body: ArraySlice<UInt8> { bytes[bodyStart...] }
}
