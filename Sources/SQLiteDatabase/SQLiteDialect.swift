// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Store
import Synchronization

/// The store's statements as SQLite wants them.
///
/// SQLite numbers `$2` by its first appearance, as a name; only `?2` means the second parameter. Each statement is
/// translated once: they are few, for no text from outside is ever part of one.
final class SQLiteDialect: Sendable {
    private let translated = Mutex<[String: String]>([:])

    func native(_ statement: String) -> String {
        translated.withLock { translated in
            if let known = translated[statement] { return known }
            // `$` stands in no statement of ours but before a number.
            let native = String(
                decoding: statement.utf8.map { $0 == UInt8(ascii: "$") ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
            translated[statement] = native
            return native
        }
    }
}

extension SQLValue {
    var native: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        }
    }

    init(_ value: DatabaseValue) throws(StoreError) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .string(let text): self = .text(text)
        case .blob(let data): self = .bytes(Array(data))
        case .double: throw StoreError(.row, "a column holds a number with a fraction, which no column of ours does")
        }
    }
}

extension StoreError {
    /// The engine's error, with what the caller may do about it.
    init(told error: any Error, during work: String) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError:
            self.init(Code(error.resultCode), "\(error.message ?? "\(error.resultCode)") in: \(work)")
        default: self.init(.statement, "\(error) in: \(work)")
        }
    }
}

extension StoreError.Code {
    fileprivate init(_ code: ResultCode) {
        switch code {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY,
            .SQLITE_NOMEM, .SQLITE_INTERRUPT:
            self = .unavailable
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: self = .schema
        default: self = .statement
        }
    }
}
