// SPDX-License-Identifier: Apache-2.0

package import Bytes

/// What the MTA is told to do with a message.
package enum Disposition: Hashable, Sendable {
    case accept
    /// Come again later; the reply text is for the peer, dull and correct.
    case tempfail(SMTPReply)
    case reject(SMTPReply)
    case discard
    /// Keep it in the MTA's queue (SMFIR_QUARANTINE) until a person looks.
    case hold(reason: String)
}

/// A reply to the SMTP client (RFC 5321, section 4.2; enhanced codes: RFC 3463).
package struct SMTPReply: Hashable, Sendable {
    package let code: String
    package let enhancedCode: String
    package let text: String

    package init(code: String, enhancedCode: String, text: String) {
        self.code = code
        self.enhancedCode = enhancedCode
        self.text = text
    }

    package static let tryAgain = SMTPReply(
        code: "451", enhancedCode: "4.7.1", text: "Service unavailable, try again later")

    /// There is no room for the message now (RFC 3463, section 3.4: X.3.2).
    package static let systemFull = SMTPReply(
        code: "452", enhancedCode: "4.3.2", text: "System not accepting messages, try again later")
}

/// One change to a message on its way through the MTA.
///
/// An answer's changes are carried out in this order: header fields from the last to the first, then insertions, then
/// the body in one run.
package enum Modification: Hashable, Sendable {
    /// Puts a field before all others.
    case insertField(HeaderField)
    /// Gives the n-th field of that name (from 1) another value; nil removes it.
    case changeField(HeaderFieldName, occurrence: Int, value: [UInt8]?)
    /// The pieces are one run: an MTA may lose what comes between two.
    case replaceBody(PatchedBytes)
}
