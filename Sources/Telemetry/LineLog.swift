// SPDX-License-Identifier: Apache-2.0

// Telemetry: what the daemons say while they work, one line an event, on standard error.
//
//     info milter.recorded queue_id=4XyZ12 reference=8d2f… links=3 subject="Your invoice"
//
// Every event has a name and its own function (the `…Log` types), so that a line is always spelled the same and can be
// looked for. Values come from mail: they are escaped here, once, for all events, so that a subject can neither begin a
// new line nor look like another field. systemd adds time, host and process; without it the line begins with the time.
//
// swift-log is only the pipe: the server packages log through it as well, and their lines get the same form. Road not
// taken: JSON lines (a person reads these with `journalctl`; what machines read is the journal and the store).

package import Logging

/// swift-log's way to our lines.
package struct LineLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level

    private let lead: LogLead
    private let sink: @Sendable ([UInt8]) -> Void

    /// Each line is given to `sink` with its LF, in one piece.
    package init(level: Logger.Level, lead: LogLead, sink: @escaping @Sendable ([UInt8]) -> Void) {
        logLevel = level
        self.lead = lead
        self.sink = sink
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { _, new in new } }
        if let own = event.metadata { fields.merge(own) { _, new in new } }
        let message = event.message.description
        let isName = LogLine.isName(message)
        var line = LogLine(lead: lead.text(event.level), level: "\(event.level)", event: isName ? message : "log")
        if !isName {
            line.add("source", event.source)
            line.add("message", message)
        }
        for (key, value) in Self.ordered(fields) { line.add(key, value.description) }
        if let error = event.error { line.add("error", "\(error)") }
        sink(line.bytes)
    }

    /// What an event is about comes first, the rest by name: a dictionary has no order of its own.
    private static let subjects = [
        "queue_id", "reference", "click", "indicator", "alert", "investigation", "action", "mailbox",
    ]

    private static func ordered(_ fields: Logger.Metadata) -> [(key: String, value: Logger.MetadataValue)] {
        fields.map { (rank: subjects.firstIndex(of: $0.key) ?? subjects.count, field: $0) }
            .sorted { ($0.rank, $0.field.key) < ($1.rank, $1.field.key) }
            .map { ($0.field.key, $0.field.value) }
    }
}
