// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography

/// The proof that somebody was shown the page of one link a short while ago: what a button on it sends.
///
/// A token for going on does not report, and the other way round. Stateless: key id (1 byte), end of validity (4,
/// minutes since 1970) and a MAC over both and the link token's text, in base64url. Road not taken: a nonce remembered by
/// the redirector, which would have to be shared among several.
package enum ProceedToken {
    /// What the button does.
    package enum Purpose: Sendable {
        case proceed
        case report

        fileprivate var mac: MAC {
            switch self {
            case .proceed: .proceed
            case .report: .report
            }
        }
    }

    private static let headSize = 1 + 4
    private static let size = headSize + MAC.size
    private static let minute: Int64 = 60_000

    /// A token for the link with that token text, minted at that time (milliseconds since 1970).
    ///
    /// It lives to the end of the minute in which its lifetime ends.
    package static func mint(
        _ purpose: Purpose = .proceed, link: [UInt8], at time: Int64, lifetime: Duration, keys: KeyRing
    ) -> [UInt8] {
        let milliseconds = max(0, min(lifetime.components.seconds, 1_000_000_000)) * 1_000
        let end = UInt32(clamping: time.addingReportingOverflow(milliseconds).partialValue / minute)
        let head = [keys.current.id] + (0..<4).map { UInt8(truncatingIfNeeded: end >> UInt32(24 - 8 * $0)) }
        return Base64URL.encode(head + keys.current.code(head + link, for: purpose.mac))
    }

    /// Whether the text is a token for this link and still lives at that time.
    package static func verifies(
        _ text: [UInt8], for purpose: Purpose = .proceed, link: [UInt8], at time: Int64, by keys: KeyRing
    ) -> Bool {
        guard text.count <= 2 * size, let bytes = Base64URL.decode(text), bytes.count == size,
            let key = keys.key(bytes[0]), key.isTrusted
        else { return false }
        let head = Array(bytes.prefix(headSize))
        guard constantTimeEqual(key.code(head + link, for: purpose.mac), Array(bytes.suffix(MAC.size))) else {
            return false
        }
        let end = head.dropFirst().reduce(0 as Int64) { $0 << 8 | Int64($1) }
        return time / minute <= end
    }
}
