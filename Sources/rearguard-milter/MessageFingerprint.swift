// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import Mail

/// The digest by which a message is known again when its sender comes with it a second time.
enum MessageFingerprint {
    /// Fields that differ from one attempt to the next, because hosts on the way and milters before us write them; Date and
    /// Message-ID are made anew at each attempt by the MTA itself where the author gave none.
    private static let trace: Set<HeaderFieldName> = [
        "Date", "Message-ID", "Received", "Return-Path", "Received-SPF", "Authentication-Results", "Delivered-To",
        "X-Originating-IP",
    ]

    static func of(_ message: ReceivedMessage) -> [UInt8] {
        var hash = SHA256()
        let colon = [UInt8(ascii: ":")]
        let lineEnd = [UInt8.lineFeed]
        for field in message.fields where !trace.contains(field.name) {
            hash.update(field.name.bytes.span)
            hash.update(colon.span)
            hash.update(field.value.span)
            hash.update(lineEnd.span)
        }
        let body = message.bytes[message.bodyStart...]
        hash.update(body.span)
        return hash.digest()
    }
}
