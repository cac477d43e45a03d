// SPDX-License-Identifier: Apache-2.0

/// What a verifier said about one method: `dmarc=fail` (RFC 8601).
package struct AuthenticationResult: Hashable, Sendable, CustomStringConvertible {
    /// The methods a policy may ask for (RFC 8601, section 2.7; ARC: RFC 8617, section 5.2).
    package enum Method: String, Hashable, Sendable, CaseIterable {
        case spf, dkim, dmarc, arc
    }

    package let method: Method
    /// One of `words`.
    package let result: String

    /// The result words of the registry for these methods (RFC 8601, section 2.7).
    package static let words = [
        "pass", "fail", "softfail", "neutral", "policy", "none", "temperror", "permerror",
    ]

    package init(_ method: Method, _ result: String) {
        self.method = method
        self.result = result
    }

    /// `dmarc=fail`; nil for a method or a word that the registry does not have.
    package init?(_ text: String) {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let method = Method(rawValue: parts[0]), Self.words.contains(parts[1]) else {
            return nil
        }
        self.init(method, parts[1])
    }

    package var description: String { "\(method.rawValue)=\(result)" }
}
