// SPDX-License-Identifier: Apache-2.0

package import Logging

/// The verdict index, on both sides: rearguardd writes it, milter and redirector map it.
package struct IndexLog: EventLog {
    package let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    package func written(entries: Int, time: Duration) {
        write(.info, "index.written", ["entries": entries, "ms": milliseconds(time)])
    }

    /// Read completely from the store.
    package func rebuilt(entries: Int, time: Duration) {
        write(.notice, "index.rebuilt", ["entries": entries, "ms": milliseconds(time)])
    }

    /// The recent changes were merged into the main index.
    package func merged(entries: Int, time: Duration) {
        write(.info, "index.merged", ["entries": entries, "ms": milliseconds(time)])
    }

    /// The main index stays; the recent changes are in force beside it all the same.
    package func mergeFailed(cause: String) {
        write(.error, "index.merge_failed", ["cause": cause])
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

/// Judging the past by indicators that came later.
package struct IndicatorLog: EventLog {
    package let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    /// Old links, clicks and attachments were judged by new indicators.
    package func lookedBack(indicators: Int, urls: Int, alerts: Int) {
        write(.notice, "indicator.looked_back", ["indicators": indicators, "urls": urls, "alerts": alerts])
    }
}
