// SPDX-License-Identifier: Apache-2.0

/// Typed reading of columns: a column that holds something else is a fault and says which.
extension SQLRow {
    package func integer(_ column: Int) throws(StoreError) -> Int64 {
        guard case .integer(let value)? = value(column) else { throw wrong(column, "an integer") }
        return value
    }

    package func optionalInteger(_ column: Int) throws(StoreError) -> Int64? {
        if case .null? = value(column) { return nil }
        return try integer(column)
    }

    package func text(_ column: Int) throws(StoreError) -> String {
        guard case .text(let value)? = value(column) else { throw wrong(column, "text") }
        return value
    }

    package func optionalText(_ column: Int) throws(StoreError) -> String? {
        if case .null? = value(column) { return nil }
        return try text(column)
    }

    package func bytes(_ column: Int) throws(StoreError) -> [UInt8] {
        guard case .bytes(let value)? = value(column) else { throw wrong(column, "bytes") }
        return value
    }

    private func value(_ column: Int) -> SQLValue? { values.indices.contains(column) ? values[column] : nil }

    private func wrong(_ column: Int, _ expected: String) -> StoreError {
        StoreError(.row, "column \(column) does not hold \(expected)")
    }
}

extension SQLValue {
    /// NULL for nil.
    package static func optional(_ text: String?) -> SQLValue { text.map(SQLValue.text) ?? .null }
    /// NULL for nil.
    package static func optional(_ number: Int64?) -> SQLValue { number.map(SQLValue.integer) ?? .null }
    /// 0 or 1.
    package static func flag(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
    package static func integer(_ value: Int) -> SQLValue { .integer(Int64(value)) }
}
