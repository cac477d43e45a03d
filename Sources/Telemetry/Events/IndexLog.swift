// SPDX-License-Identifier: Apache-2.0

package import Logging

/// The verdict index, on both sides: rearguardd writes it, milter and redirector map it.
package struct IndexLog: EventLog {
    package let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    package func written(entries: Int, time: Duration) {
        write(.info, "index.written", ["entries": entries, "ms": milliseconds(time)])
    }

    package func writeFailed(cause: String) {
        write(.error, "index.write_failed", ["cause": cause])
    }

    package func loaded(entries: Int) {
        write(.info, "index.loaded", ["entries": entries])
    }

    /// The file is bad; the last good one stays in use.
    package func rejected(cause: String) {
        write(.error, "index.rejected", ["cause": cause])
    }

    /// There is no index at all.
    package func missing(path: String) {
        write(.warning, "index.missing", ["path": path])
    }
}

/// Indicators as they come and go, and what they find in the past.
package struct IndicatorLog: EventLog {
    package let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    package func added(indicator: Int64, kind: String, pattern: String, verdict: String, source: String) {
        write(
            .notice, "indicator.added",
            ["indicator": indicator, "kind": kind, "pattern": pattern, "verdict": verdict, "source": source])
    }

    package func removed(indicator: Int64, by person: String) {
        write(.notice, "indicator.removed", ["indicator": indicator, "by": person])
    }

    /// Old links, clicks and attachments were judged by it.
    package func lookedBack(indicator: Int64, alerts: Int, time: Duration) {
        write(.info, "indicator.looked_back", ["indicator": indicator, "alerts": alerts, "ms": milliseconds(time)])
    }

    package func lookBackFailed(indicator: Int64, cause: String) {
        write(.error, "indicator.look_back_failed", ["indicator": indicator, "cause": cause])
    }

    package func alertRaised(alert: Int64, kind: String, subject: String) {
        write(.notice, "alert.raised", ["alert": alert, "kind": kind, "subject": subject])
    }
}
