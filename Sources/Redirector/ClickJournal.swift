// SPDX-License-Identifier: Apache-2.0

package import Journal

/// Where clicks are recorded before they are answered.
package protocol ClickJournal: Sendable {
    /// Returns when the record is on disk.
    func record(_ json: [UInt8]) async throws
}

/// The journal on disk.
package struct DiskClickJournal: ClickJournal {
    private let writer: JournalWriter

    package init(_ writer: JournalWriter) {
        self.writer = writer
    }

    package func record(_ json: [UInt8]) async throws {
        try await writer.append(json)
    }
}
