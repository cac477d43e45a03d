// SPDX-License-Identifier: Apache-2.0

import Fingerprints
import Inspection
import Objects

/// Where the content of one message's attachments goes while it is inspected: to the spool.
final class ContentDesk: ContentTaker {
    private let spooled: SpooledMessage
    /// Bytes of the largest content that is kept.
    private let largest: Int

    init(spooled: SpooledMessage, largest: Int) {
        self.spooled = spooled
        self.largest = largest
    }

    func report(on fingerprint: Fingerprint) -> ContentReport? {
        var report = ContentReport()
        guard fingerprint.size <= largest else { return report }
        report.isKept = spooled.has(fingerprint.sha256Hex)
        return report.isKept ? report : nil
    }

    func take(_ content: [UInt8], _ fingerprint: Fingerprint) -> ContentReport {
        var report = ContentReport()
        spooled.add(content, sha256: fingerprint.sha256)
        report.isKept = true
        return report
    }

    /// Returns when everything that was taken is on disk.
    func finish() throws(ObjectError) { try spooled.finish() }
}

/// What the milter keeps of attachments.
struct ContentKeeping: Sendable {
    let spool: ObjectSpool
    let largest: Int

    func desk(for reference: String) -> ContentDesk {
        ContentDesk(spooled: spool.message(reference), largest: largest)
    }
}
