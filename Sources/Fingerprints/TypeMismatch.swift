// SPDX-License-Identifier: Apache-2.0

/// Content that is of another kind than the sender says: evidence, not a verdict.
///
/// Programs name things wrongly all day (a sheet that is an HTML table, a card sent as text), so kinds that honest senders
/// mix up do not count. What never happens by accident is that something passive turns out to do something when opened.
package struct TypeMismatch: Hashable, Sendable {
    /// Who said what it is.
    package enum Claim: String, Hashable, Sendable {
        case declaredType = "declared type"
        case fileName = "file name"
    }

    package let claim: Claim
    package let claimed: FileKind
    package let actual: FileKind

    /// It was passed off as something passive, and is not.
    package var isGrave: Bool {
        actual.isActive && !claimed.isActive && !Self.textual.contains(claimed)
            && !(claimed == .office && actual == .page)
    }

    /// What speaks against the claims, given the type by content.
    package static func found(declaredType: String?, name: FileName?, contentType: String) -> [TypeMismatch] {
        guard let actual = FileKind(mediaType: contentType) else { return [] }
        let claims: [(Claim, FileKind?)] = [
            (.declaredType, declaredType.flatMap { FileKind(mediaType: $0) }),
            (.fileName, name.flatMap { FileKind(ending: $0.ending) }),
        ]
        return claims.compactMap { claim, claimed in
            guard let claimed, !isTolerated(claimed, actual) else { return nil }
            return TypeMismatch(claim: claim, claimed: claimed, actual: actual)
        }
    }

    /// Kinds that are text to a program which only looks at bytes.
    private static let textual: Set<FileKind> = [.text, .message, .calendar, .card, .security, .data]

    /// Whether content of the one kind is often called the other, or cannot be told from it by its bytes.
    private static func isTolerated(_ claimed: FileKind, _ actual: FileKind) -> Bool {
        claimed == actual || claimed == .data || (tolerated[claimed] ?? []).contains(actual)
    }

    private static let tolerated: [FileKind: Set<FileKind>] = [
        .text: [.message, .calendar, .card, .security, .data, .script],
        // Markup without its usual beginning, or with an XML declaration; a page saved whole.
        .page: [.text, .message, .script],
        // Older and newer formats look like their containers; RTF and CSV are text.
        .office: [.archive, .text, .data],
        .archive: [.office],
        // Archives that run (JAR, APK) and installers (MSI is an OLE file).
        .program: [.archive, .office, .script],
        .script: [.text, .page, .program],
        .shortcut: [.text, .data, .page],
        .container: [.office, .data],
        .message: [.text, .office, .archive, .data],
        .calendar: [.text],
        .card: [.text],
        .security: [.text, .message, .data],
        .audio: [.video],
        .video: [.audio],
        .image: [.text],
        .pdf: [],
    ]
}
