// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography

/// One key that links and stamps are signed with.
///
/// It gives codes, not its secret.
package struct LinkKey: Sendable {
    /// What a key is used for.
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// Signs what is new; exactly one.
        case current
        /// Verifies already and signs soon: given to all hosts before it is used, so that none meets an unknown key.
        case next
        /// Verifies what it signed and signs nothing any more.
        case retired
        /// Got into wrong hands: what it signed may be anybody's. Its links are warned about at every click (they are
        /// not dead: most were ours), and nothing else that it signed counts.
        case revoked
    }

    /// Stands in every token: 1 to 255.
    package let id: UInt8
    package let state: State
    /// The day it was made, `YYYY-MM-DD`; nil when the file does not say.
    package let created: String?
    private let key: HMACKey

    /// Bytes of a secret: as many as SHA-256 gives, more would not be stronger (RFC 2104, section 3).
    static let secretSize = 32

    /// Whether what it signed can only have come from us.
    package var isTrusted: Bool { state != .revoked }

    init(id: UInt8, state: State, created: String?, secret: [UInt8]) {
        self.id = id
        self.state = state
        self.created = created
        key = HMACKey(secret)
    }

    /// The code over the bytes for one purpose.
    func code(_ bytes: [UInt8], for purpose: MAC) -> [UInt8] {
        Array(key.code(over: purpose.label + bytes).prefix(MAC.size))
    }
}

/// What a code is made for: each has a label that nothing else starts with.
enum MAC {
    case linkToken
    case stamp
    case proceed
    case report
    case device
    case address

    /// Bytes kept of HMAC-SHA-256: 128 bits cannot be guessed, and a link stays 21 characters shorter than with all.
    static let size = 16

    private static let linkTokenLabel = ("rearguard link token 1\0" as StaticString).bytes
    private static let stampLabel = ("rearguard stamp 1\0" as StaticString).bytes
    private static let proceedLabel = ("rearguard proceed 1\0" as StaticString).bytes
    private static let reportLabel = ("rearguard report 1\0" as StaticString).bytes
    private static let deviceLabel = ("rearguard device 1\0" as StaticString).bytes
    private static let addressLabel = ("rearguard client address 1\0" as StaticString).bytes

    var label: [UInt8] {
        switch self {
        case .linkToken: Self.linkTokenLabel
        case .stamp: Self.stampLabel
        case .proceed: Self.proceedLabel
        case .report: Self.reportLabel
        case .device: Self.deviceLabel
        case .address: Self.addressLabel
        }
    }
}
