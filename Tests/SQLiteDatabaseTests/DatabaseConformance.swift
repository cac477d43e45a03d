// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Store
import Testing

/// What the store asks of an engine, as checks over any `Database`: each driver's tests run all of them, each on a
/// database of its own that holds nothing yet.
enum DatabaseConformance: String, CaseIterable, CustomTestStringConvertible {
    case values = "values of every kind come back as they went in"
    case parameters = "parameters go by their number, not by their order"
    case changes = "execute tells how many rows it changed"
    case returning = "a query may change rows and return them"
    case order = "bytes are compared as bytes, pairs from left to right"
    case rollback = "a body that throws leaves nothing behind, and its error comes out"
    case readOnly = "a read transaction cannot write"
    case snapshot = "a read transaction sees one state"
    case counters = "writers at the same time get different numbers"
    case uniqueness = "a hurt rule of the schema is a fault of the statement, and names it"
    case foreignKeys = "a reference to nothing is refused"
    case badStatements = "a statement that is none is refused, and named"
    case missingParameters = "a statement with too few parameters is refused"
    case migration = "migrating twice changes nothing"
    case newerSchema = "a database of a newer version is refused"

    var testDescription: String { rawValue }

    func run(on database: any Database) async throws {
        switch self {
        case .values: try await Self.values(database)
        case .parameters: try await Self.parameters(database)
        case .changes: try await Self.changes(database)
        case .returning: try await Self.returning(database)
        case .order: try await Self.order(database)
        case .rollback: try await Self.rollback(database)
        case .readOnly: try await Self.readOnly(database)
        case .snapshot: try await Self.snapshot(database)
        case .counters: try await Self.counters(database)
        case .uniqueness: try await Self.uniqueness(database)
        case .foreignKeys: try await Self.foreignKeys(database)
        case .badStatements: try await Self.badStatements(database)
        case .missingParameters: try await Self.missingParameters(database)
        case .migration: try await Self.migration(database)
        case .newerSchema: try await Self.newerSchema(database)
        }
    }
}

// MARK: - Statements

extension DatabaseConformance {
    private static let table = "CREATE TABLE things (number BIGINT PRIMARY KEY, name TEXT, body BYTEA)"
    private static let insert = "INSERT INTO things (number, name, body) VALUES ($1, $2, $3)"

    private static func make(_ database: any Database, rows: [(Int, String)] = []) async throws {
        try await database.write { transaction in
            try transaction.execute(table, [])
            for (number, name) in rows { try transaction.execute(insert, [.integer(number), .text(name), .null]) }
        }
    }

    private static func count(_ database: any Database) async throws -> Int64 {
        try await database.read { transaction in
            try #require(try transaction.query("SELECT COUNT(*) FROM things", []).first).integer(0)
        }
    }

    private static func values(_ database: any Database) async throws {
        try await make(database)
        let rows: [[SQLValue]] = [
            [.integer(Int64.min), .null, .null],
            [.integer(Int64.max), .text(""), .bytes([])],
            [.integer(0), .text("a'b\"c\\ \r\n$1 ?1 Grüße \u{1F600} e\u{301}"), .bytes(Array(0...255))],
        ]
        try await database.write { transaction in
            for row in rows { try transaction.execute(insert, row) }
        }
        for row in rows {
            let found = try await database.read { transaction in
                try transaction.query("SELECT number, name, body FROM things WHERE number = $1", [row[0]]).map(\.values)
            }
            #expect(found == [row])
        }
        // Swift's == on text knows canonical equivalence; the bytes must be the same too.
        let text = try await database.read { transaction in
            try #require(try transaction.query("SELECT name FROM things WHERE number = 0", []).first).text(0)
        }
        #expect(SQLValue.text(text) == rows[2][1])
        #expect(text.utf8.suffix(3) == [0x65, 0xCC, 0x81])
    }

    private static func parameters(_ database: any Database) async throws {
        try await make(database, rows: [(1, "one"), (2, "two"), (3, "three")])
        let found = try await database.read { transaction in
            try transaction.query(
                "SELECT number FROM things WHERE name = $2 OR number = $1 OR name = $2 ORDER BY number",
                [.integer(1), .text("three")]
            ).map { try $0.integer(0) }
        }
        #expect(found == [1, 3])
    }

    private static func changes(_ database: any Database) async throws {
        try await make(database, rows: [(1, "one"), (2, "two"), (3, "three")])
        let changes = try await database.write { transaction in
            let again = "\(insert) ON CONFLICT (number) DO NOTHING"
            return [
                try transaction.execute(again, [.integer(1), .null, .null]),
                try transaction.execute(again, [.integer(4), .null, .null]),
                try transaction.execute("UPDATE things SET name = $1 WHERE number < $2", [.text("x"), .integer(3)]),
                try transaction.execute("DELETE FROM things WHERE number > $1", [.integer(9)]),
            ]
        }
        #expect(changes == [0, 1, 2, 0])
    }

    private static func returning(_ database: any Database) async throws {
        try await make(database)
        let statement = """
            INSERT INTO things (number, name) VALUES ($1, $2)
            ON CONFLICT (number) DO UPDATE SET name = excluded.name RETURNING number, name
            """
        for name in ["first", "second"] {
            let row = try await database.write { transaction in
                try transaction.query(statement, [.integer(7), .text(name)]).map(\.values)
            }
            #expect(row == [[.integer(7), .text(name)]])
        }
        #expect(try await count(database) == 1)
    }

    private static func order(_ database: any Database) async throws {
        try await make(database)
        let bodies: [[UInt8]] = [[], [0], [0, 0], [0x61], [0x7F], [0x80], [0xFF], [0xFF, 0]]
        try await database.write { transaction in
            for (number, body) in bodies.enumerated().reversed() {
                try transaction.execute(insert, [.integer(number), .null, .bytes(body)])
            }
        }
        let found = try await database.read { transaction in
            try transaction.query(
                "SELECT number FROM things WHERE (body, number) > ($1, $2) AND body < $3 ORDER BY body, number LIMIT $4",
                [.bytes([0x61]), .integer(3), .bytes([0xFF, 0]), .integer(2)]
            ).map { try $0.integer(0) }
        }
        #expect(found == [4, 5])
    }
}

// MARK: - Transactions

extension DatabaseConformance {
    private struct Stop: Error, Equatable {}

    private static func rollback(_ database: any Database) async throws {
        try await make(database)
        await #expect(throws: Stop()) {
            try await database.write { transaction in
                try transaction.execute(insert, [.integer(1), .null, .null])
                throw Stop()
            }
        }
        #expect(try await count(database) == 0)
    }

    private static func readOnly(_ database: any Database) async throws {
        try await make(database)
        await #expect(throws: StoreError.self) {
            try await database.read { transaction in
                try transaction.execute(insert, [.integer(1), .null, .null])
            }
        }
        #expect(try await count(database) == 0)
    }

    private static func snapshot(_ database: any Database) async throws {
        try await make(database)
        let (hasStarted, isWritten) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let counts = database.read { transaction in
            let counting = "SELECT COUNT(*) FROM things"
            let before = try transaction.query(counting, []).first?.values
            hasStarted.signal()
            #expect(isWritten.wait(timeout: .now() + 20) == .success)
            return [before, try transaction.query(counting, []).first?.values]
        }
        _ = try await database.write { transaction in
            #expect(hasStarted.wait(timeout: .now() + 20) == .success)
            try transaction.execute(insert, [.integer(1), .null, .null])
        }
        isWritten.signal()
        #expect(try await counts == [[.integer(Int64(0))], [.integer(Int64(0))]])
        #expect(try await count(database) == 1)
    }

    private static func counters(_ database: any Database) async throws {
        try await Migrator.migrate(database)
        let numbers = try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<20 {
                group.addTask { try await database.write { try Counter.next("things", in: $0) } }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(numbers.sorted() == Array(1...20))
    }
}

// MARK: - Errors and migrations

extension DatabaseConformance {
    private static func uniqueness(_ database: any Database) async throws {
        try await make(database, rows: [(1, "one")])
        let error = await #expect(throws: StoreError.self) {
            try await database.write { try $0.execute(insert, [.integer(1), .null, .null]) }
        }
        #expect(error?.code == .statement)
        #expect(error?.description.contains(insert) == true)
    }

    private static func foreignKeys(_ database: any Database) async throws {
        try await Migrator.migrate(database)
        let error = await #expect(throws: StoreError.self) {
            try await database.write { transaction in
                try transaction.execute(
                    "INSERT INTO recipients (reference, number, address) VALUES ($1, 1, $1)", [.text("nobody")])
            }
        }
        #expect(error?.code == .statement)
    }

    private static func badStatements(_ database: any Database) async throws {
        let error = await #expect(throws: StoreError.self) {
            try await database.read { try $0.query("SELECT FROM WHERE", []).count }
        }
        #expect(error?.code == .statement)
        #expect(error?.description.contains("SELECT FROM WHERE") == true)
    }

    private static func missingParameters(_ database: any Database) async throws {
        try await make(database)
        let error = await #expect(throws: StoreError.self) {
            try await database.write { try $0.execute(insert, [.integer(1)]) }
        }
        #expect(error?.code == .statement)
    }

    private static func migration(_ database: any Database) async throws {
        try await Migrator.migrate(database)
        _ = try await database.write { try Counter.next("things", in: $0) }
        try await Migrator.migrate(database)
        #expect(try await database.write { try Counter.next("things", in: $0) } == 2)
    }

    private static func newerSchema(_ database: any Database) async throws {
        try await Migrator.migrate(database)
        _ = try await database.write { transaction in
            try transaction.execute("INSERT INTO migrations (name) VALUES ('9999-later')", [])
        }
        let error = await #expect(throws: StoreError.self) { try await Migrator.migrate(database) }
        #expect(error?.code == .schema)
        #expect(error?.description.contains("9999-later") == true)
    }
}
