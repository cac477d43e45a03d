// SPDX-License-Identifier: Apache-2.0

import Fingerprints
import Inspection
import Mail
import Objects
import Scanners
import Settings

/// Where the content of one message's attachments goes while it is inspected: to the scanners, and to the spool.
final class ContentDesk: ContentTaker {
    let largest: Int
    private let keeping: ContentKeeping
    private let spooled: SpooledMessage?
    /// What was said about contents of this message: one that comes twice is scanned once.
    private var reports: [[UInt8]: ContentReport] = [:]

    fileprivate init(_ keeping: ContentKeeping, reference: String) {
        self.keeping = keeping
        largest = keeping.largest
        spooled = keeping.spool?.message(reference)
    }

    func report(on fingerprint: Fingerprint) -> ContentReport? {
        if let report = reports[fingerprint.sha256] { return report }
        guard fingerprint.size <= largest else { return tooLarge }
        guard keeping.scanners.isEmpty else { return nil }
        var report = ContentReport()
        report.isKept = spooled?.has(fingerprint.sha256Hex) ?? false
        return report.isKept || spooled == nil ? report : nil
    }

    func take(_ content: [UInt8], _ fingerprint: Fingerprint) -> ContentReport {
        var report = ContentReport()
        if let spooled {
            if !spooled.has(fingerprint.sha256Hex) { spooled.add(content, sha256: fingerprint.sha256) }
            report.isKept = true
        }
        if !keeping.scanners.isEmpty { scan(content, &report) }
        reports[fingerprint.sha256] = report
        return report
    }

    /// Returns when everything that was taken is on disk.
    func finish() throws(ObjectError) { try spooled?.finish() }

    private func scan(_ content: [UInt8], _ report: inout ContentReport) {
        let answer = keeping.scanners.ask(about: content)
        report.findings = answer.findings + answer.failures
        report.verdict = answer.verdict
        report.limits = answer.limits
        if !answer.failures.isEmpty { report.answer = keeping.onFailure }
    }

    /// Nobody looked at it, so nobody may call it clean.
    private var tooLarge: ContentReport {
        var report = ContentReport()
        if !keeping.scanners.isEmpty { report.limits = ["scan size"] }
        return report
    }
}

/// What the milter does with the content of attachments.
struct ContentKeeping: Sendable {
    /// Nil when no bytes are kept.
    let spool: ObjectSpool?
    let scanners: ScannerPanel
    let onFailure: UnreadAnswer
    /// Bytes of the largest content that is kept or scanned.
    let largest: Int

    func desk(for reference: String) -> ContentDesk { ContentDesk(self, reference: reference) }
}
