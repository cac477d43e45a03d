// SPDX-License-Identifier: Apache-2.0

package import Verdicts

/// All scanners of a site asked about one content, one after the other, within one deadline.
package struct ScannerPanel: Sendable {
    private let scanners: [any ContentScanner]
    private let time: Duration

    package init(_ scanners: [any ContentScanner], time: Duration) {
        self.scanners = scanners
        self.time = time
    }

    package var isEmpty: Bool { scanners.isEmpty }

    /// What they said together.
    package struct Answer: Sendable {
        /// `yara: <file>:<rule>`, `clamd: <signature>`.
        package var findings: [String] = []
        /// The gravest of them.
        package var verdict: Verdict?
        package var limits: [String] = []
        package var failures: [String] = []
    }

    package func ask(about content: [UInt8]) -> Answer {
        let deadline = ContinuousClock.now + time
        var answer = Answer()
        for scanner in scanners {
            switch scanner.scan(content, deadline: deadline) {
            case .clean: break
            case .found(let findings):
                answer.findings += findings.map { "\(scanner.name): \($0.name)" }
                answer.verdict = (findings.map(\.verdict) + [answer.verdict].compactMap(\.self)).max()
            case .limited(let limit): answer.limits.append(limit)
            case .failed(let cause): answer.failures.append(cause)
            }
        }
        return answer
    }
}
