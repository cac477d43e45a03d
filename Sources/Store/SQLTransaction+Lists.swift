// SPDX-License-Identifier: Apache-2.0

/// Values of one statement: few enough for every engine, and one statement text whatever their number.
private let valuesAtOnce = 200

extension SQLTransaction {
    /// The rows of a query that has `IN ($list)` in it, asked as often as it takes for all the values; `$1` and so on are
    /// `parameters`, the same each time.
    ///
    /// Sorted values are found faster: an index is walked from one end to the other (integration/bench/hash-join).
    /// The last values are filled up by repeating one, so that the engine prepares a single statement.
    func query(
        _ statement: String, _ parameters: [SQLValue] = [], in values: [SQLValue]
    ) throws(StoreError) -> [SQLRow] {
        let list = (1...valuesAtOnce).map { "$\(parameters.count + $0)" }.joined(separator: ", ")
        let statement = statement.replacing("$list", with: list)
        var found: [SQLRow] = []
        var rest = values[...]
        while let first = rest.first {
            var chunk = Array(rest.prefix(valuesAtOnce))
            rest = rest.dropFirst(valuesAtOnce)
            chunk += Array(repeating: first, count: valuesAtOnce - chunk.count)
            found += try query(statement, parameters + chunk)
        }
        return found
    }
}
