// SPDX-License-Identifier: Apache-2.0

/// One attachment of a message, or one member of an archive in it.
package struct AttachmentRow: Codable, Hashable, Sendable {
    package let reference: String
    /// Counts from 1 through the message.
    package let number: Int64
    /// Of a member: the number of what it lies in.
    package let parent: Int64?
    package let part: String
    package let name: String?
    /// The name as it can be written to a disk, where that is another one.
    package let safeName: String?
    package let mediaType: String
    /// What the content is, by itself.
    package let type: String?
    /// In which way content, declared type and name contradict one another.
    package let mismatch: [String]
    /// In bytes, decoded.
    package let size: Int64
    package let sha256: String
    package let isEncrypted: Bool
    /// The bound that kept us from seeing all of it.
    package let unscannable: String?
    /// What scanners said at delivery.
    package let findings: [String]
    /// What was known at delivery.
    package let verdict: String?

    static let columns = """
        reference, number, parent, part, name, safe_name, media_type, type, mismatch, size, sha256, encrypted, unscannable,
            findings, verdict
        """

    init(_ row: SQLRow) throws(StoreError) {
        reference = try row.text(0)
        number = try row.integer(1)
        parent = try row.optionalInteger(2)
        part = try row.text(3)
        name = try row.optionalText(4)
        safeName = try row.optionalText(5)
        mediaType = try row.text(6)
        type = try row.optionalText(7)
        mismatch = Self.lines(try row.optionalText(8))
        size = try row.integer(9)
        sha256 = try row.text(10)
        isEncrypted = try row.integer(11) != 0
        unscannable = try row.optionalText(12)
        findings = Self.lines(try row.optionalText(13))
        verdict = try row.optionalText(14)
    }

    private static func lines(_ text: String?) -> [String] {
        text.map { $0.split(separator: "\n").map(String.init) } ?? []
    }
}
