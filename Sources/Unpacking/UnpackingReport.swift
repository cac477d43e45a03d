// SPDX-License-Identifier: Apache-2.0

/// Something about a container that whoever judges the message must know.
package struct UnpackingFinding: Hashable, Sendable {
    package enum Kind: Hashable, Sendable, CustomStringConvertible {
        /// Not followed to its end.
        case bound(UnpackingBound)
        /// Content that no password opened.
        case encrypted
        /// Opened with a password that stands in the message: somebody wanted scanners not to see it.
        case password
        /// Broken: other programs may find more in it, or something else.
        case damaged
        /// A container that is not read here.
        case unsupported(ContainerKind)
        /// A zip whose directory and members tell different stories. Both were looked at.
        case twoReadings
        /// The name that a zip's directory has for a member whose header has another; those who go by it see this one.
        case otherName([UInt8])
        /// Bytes that are containers of several kinds. All were looked at.
        case severalKinds([ContainerKind])

        /// As recorded.
        package var description: String {
            switch self {
            case .bound(let bound): "bound: \(bound.rawValue)"
            case .encrypted: "encrypted"
            case .password: "password in the message"
            case .damaged: "damaged"
            case .unsupported(let kind): "unsupported: \(kind.rawValue)"
            case .twoReadings: "two readings"
            case .otherName(let name): "name in the directory: \(String(decoding: name, as: UTF8.self))"
            case .severalKinds(let kinds): "several kinds: \(kinds.map(\.rawValue).joined(separator: ", "))"
            }
        }

        /// A container that nobody opened.
        package var isUnsupported: Bool { if case .unsupported = self { true } else { false } }

        /// Whether something may be in there that nobody looked at.
        package var hidesContent: Bool {
            switch self {
            case .bound, .encrypted, .damaged, .unsupported: true
            case .password, .twoReadings, .otherName, .severalKinds: false
            }
        }
    }

    package let kind: Kind
    /// The container or the member it is about.
    package let path: [[UInt8]]
}

/// What unpacking an attachment came to.
package struct UnpackingReport: Hashable, Sendable {
    /// In the order in which they were made; each kind once for a container.
    package private(set) var findings: [UnpackingFinding] = []

    /// Findings kept: a broken archive of ten thousand members says the same ten thousand times.
    private static let limit = 100

    /// Why it cannot be called clean: the bounds met, each once.
    package var bounds: [UnpackingBound] {
        var bounds: [UnpackingBound] = []
        for case .bound(let bound) in findings.map(\.kind) where !bounds.contains(bound) { bounds.append(bound) }
        return bounds
    }

    /// Whether everything in it was lent.
    package var isComplete: Bool { !findings.contains { $0.kind.hidesContent } }

    mutating func note(_ kind: UnpackingFinding.Kind, _ path: [[UInt8]]) {
        let isBound = if case .bound = kind { true } else { false }
        guard findings.count < Self.limit || isBound && !findings.contains(where: { $0.kind == kind }) else { return }
        let finding = UnpackingFinding(kind: kind, path: path)
        if !findings.contains(finding) { findings.append(finding) }
    }
}
