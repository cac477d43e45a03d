// SPDX-License-Identifier: Apache-2.0

package import Journal

/// Where clicks are recorded before they are answered.
package protocol ClickJournal: Sendable {
    /// Whether `recordAtOnce` may be used, and whoever answers may keep the records of many clicks at once: it takes no longer
    /// than a system call.
    var isImmediate: Bool { get }

    /// Returns when the record is kept.
    func record(_ json: [UInt8]) async throws

    /// The same for callers that cannot wait.
    func recordAtOnce(_ json: [UInt8]) throws
}

extension ClickJournal {
    package var isImmediate: Bool { false }

    package func recordAtOnce(_ json: [UInt8]) throws { throw JournalError.closed }
}

/// The journal on disk.
package struct DiskClickJournal: ClickJournal {
    /// When a record counts as kept.
    package enum Sync: Hashable, Sendable {
        /// Once it is written: it outlives the process, and is on disk within `JournalLimits.syncDelay`.
        case batch
        /// Once it is on disk.
        case each
    }

    private let writer: JournalWriter
    private let sync: Sync

    package init(_ writer: JournalWriter, sync: Sync = .each) {
        self.writer = writer
        self.sync = sync
    }

    package var isImmediate: Bool { sync == .batch }

    package func record(_ json: [UInt8]) async throws {
        switch sync {
        case .batch: try writer.write(json)
        case .each: try await writer.append(json)
        }
    }

    package func recordAtOnce(_ json: [UInt8]) throws { try writer.write(json) }
}
