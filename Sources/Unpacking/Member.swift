// SPDX-License-Identifier: Apache-2.0

/// An attachment, or a file in one, as its container tells of it.
package struct Member: Hashable, Sendable {
    /// The names on the way here, outermost first, as given; the attachment itself has one.
    package let path: [[UInt8]]
    /// What it was found in; nil for the attachment itself.
    package let container: ContainerKind?
    /// What the container says it is, in lower case: messages do, archives do not.
    package let declaredType: String?
    /// The charset that a message declares for a text.
    package let charset: String?
    /// What the container says of its size; no promise.
    package let declaredSize: Int?
    /// Content that needs a password.
    package let isEncrypted: Bool

    package init(
        path: [[UInt8]], container: ContainerKind? = nil, declaredType: String? = nil, charset: String? = nil,
        declaredSize: Int? = nil, isEncrypted: Bool = false
    ) {
        self.path = path
        self.container = container
        self.declaredType = declaredType
        self.charset = charset
        self.declaredSize = declaredSize
        self.isEncrypted = isEncrypted
    }

    /// Its own name, as given.
    package var name: [UInt8] { path.last ?? [] }
    /// Containers around it: 0 for the attachment itself.
    package var depth: Int { path.count - 1 }
    /// The whole way with slashes between, for records: `invoice.zip/letter.docx/word/document.xml`.
    package var place: [UInt8] { Array(path.joined(separator: [0x2F])) }
}

/// What became of a member's content.
package enum MemberOutcome: Hashable, Sendable {
    /// All of it was lent.
    case complete
    /// What stands behind the bytes lent is unknown.
    case cut(UnpackingBound)
    /// No password fitted: nothing was lent.
    case encrypted
    /// The container is broken here; what was lent may be wrong.
    case damaged
}

/// Who takes the contents of an attachment and of all that is in it, each byte once.
///
/// Calls for one member come together: `begin`, `take` for each piece, `end`; then, if it is a container, its members'.
package protocol MemberConsumer {
    mutating func begin(_ member: Member)
    /// The next bytes of the member, at most a megabyte; lent for the call.
    mutating func take(_ bytes: Span<UInt8>)
    mutating func end(_ member: Member, _ outcome: MemberOutcome)
}
