// SPDX-License-Identifier: Apache-2.0

/// A table that forgets everything at the end of each span, and when it is full: forgetting costs nothing for each
/// entry, and nothing grows.
struct Window<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var entries: [Key: Value] = [:]
    private var started: Int64 = 0
    private let span: Int64
    private let limit: Int

    /// `span` in milliseconds; `limit`: entries, so that a flood of keys does not fill memory.
    init(span: Int64, limit: Int) {
        self.span = span
        self.limit = limit
    }

    mutating func update<Result>(
        _ key: Key, at time: Int64, default fresh: @autoclosure () -> Value, _ change: (inout Value) -> Result
    ) -> Result {
        // Before its begin, too: the clock was set back.
        if time < started || time - started >= span || entries.count >= limit {
            entries.removeAll(keepingCapacity: entries.count >= limit)
            started = time
        }
        return change(&entries[key, default: fresh()])
    }
}
