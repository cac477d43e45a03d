// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography

/// The proof that somebody was shown the page of one link a short while ago: what a button on it sends.
///
/// A token for going on does not report, and the other way round. Stateless: key id (1 byte), when the page was shown (6,
/// milliseconds since 1970) and a MAC over both and the link token's text, in base64url. Road not taken: a nonce remembered
/// by the redirector, which would have to be shared among several.
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

    private static let headSize = 1 + 6
    private static let size = headSize + MAC.size
    /// A page that another host of ours showed may come from a clock that goes before ours.
    private static let leeway = Duration.seconds(300)

    /// A token for the link with that token text, minted at that time (milliseconds since 1970).
    package static func mint(
        _ purpose: Purpose = .proceed, link: [UInt8], at time: Int64, keys: KeyRing
    ) -> [UInt8] {
        let shown = UInt64(clamping: time)
        let head = [keys.current.id] + (0..<6).map { UInt8(truncatingIfNeeded: shown >> UInt64(40 - 8 * $0)) }
        return Base64URL.encode(head + keys.current.code(head + link, for: purpose.mac))
    }

    /// Whether the text is a token for this link from a page that was shown so long ago: not less than `delay`, in which
    /// nobody has read it, and not more than `lifetime`.
    package static func verifies(
        _ text: [UInt8], for purpose: Purpose = .proceed, link: [UInt8], at time: Int64,
        after delay: Duration = .zero, within lifetime: Duration, by keys: KeyRing
    ) -> Bool {
        guard text.count <= 2 * size, let bytes = Base64URL.decode(text), bytes.count == size,
            let key = keys.key(bytes[0]), key.isTrusted
        else { return false }
        let head = Array(bytes.prefix(headSize))
        guard constantTimeEqual(key.code(head + link, for: purpose.mac), Array(bytes.suffix(MAC.size))) else {
            return false
        }
        let shown = head.dropFirst().reduce(0 as Int64) { $0 << 8 | Int64($1) }
        let age = Duration.milliseconds(max(0, time) - shown)
        if age < .zero { return age >= .zero - leeway }
        return delay <= age && age <= lifetime
    }
}
