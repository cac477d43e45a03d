// SPDX-License-Identifier: Apache-2.0

package import Mail

/// What a site wants done with some of its mail.
package struct Policy: Sendable {
    package typealias Mode = PolicyMode
    package typealias Part = PolicyPart

    /// For records and people.
    package var name: String
    package var condition: PolicyCondition
    package var mode: Mode
    package var parts: Set<Part>
    package var textStyle: TextStyle
    /// Whether links that join an online meeting are replaced too.
    package var rewritesMeetingLinks: Bool
    /// Whether pictures are loaded by way of the redirector; they are recorded and judged in any case.
    package var rewritesImages: Bool
    /// Whether style sheets and fonts from elsewhere are taken out.
    package var removesRemoteStyles: Bool
    /// Whose links are recorded and judged but not replaced.
    package var exemptions: ExemptDomains
    package var onMalicious: MaliciousAnswer
    package var onAmbiguity: AmbiguityAnswer
    package var onLimit: UnreadAnswer
    package var onFault: UnreadAnswer
    /// Links that cannot be replaced without breaking a signature.
    package var onSigned: UnreadAnswer
    /// An attachment that could not be looked through.
    package var onUnscannable: UnreadAnswer

    package init(_ name: String = "default", mode: Mode = .rewrite, exemptions: ExemptDomains = ExemptDomains([])) {
        self.name = name
        self.mode = mode
        self.exemptions = exemptions
        condition = PolicyCondition()
        parts = Set(Part.allCases)
        textStyle = .plain
        rewritesMeetingLinks = false
        rewritesImages = false
        removesRemoteStyles = false
        onMalicious = .hold
        onAmbiguity = .hold
        onLimit = .hold
        onFault = .hold
        onSigned = .pass
        onUnscannable = .pass
    }
}

extension PolicyMode {
    /// How much the mode does; see `Policies.policy(for:)`.
    var strictness: Int {
        switch self {
        case .off: 0
        case .monitor: 1
        case .rewrite: 2
        }
    }
}

extension MaliciousAnswer {
    /// Nil: delivered.
    var disposition: Disposition? {
        switch self {
        case .hold: .hold(reason: "malicious content")
        case .reject: .reject(SMTPReply(code: "550", enhancedCode: "5.7.1", text: "Message refused by local policy"))
        case .discard: .discard
        case .tag, .deliver: nil
        }
    }
}

extension AmbiguityAnswer {
    /// A message that could not be made harmless is held.
    var disposition: Disposition {
        switch self {
        case .hold, .neutralise: .hold(reason: "ambiguous MIME structure")
        case .tempfail: .tempfail(.tryAgain)
        case .reject:
            .reject(SMTPReply(code: "550", enhancedCode: "5.6.0", text: "Message is malformed and was refused"))
        }
    }
}

extension UnreadAnswer {
    /// Nil: delivered as it came.
    var disposition: Disposition? { disposition(holdingFor: "beyond a limit") }

    func disposition(holdingFor reason: String) -> Disposition? {
        switch self {
        case .hold: .hold(reason: reason)
        case .tempfail: .tempfail(.tryAgain)
        case .reject:
            .reject(SMTPReply(code: "550", enhancedCode: "5.6.0", text: "Message is too complex and was refused"))
        case .pass: nil
        }
    }
}
