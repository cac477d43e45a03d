// SPDX-License-Identifier: Apache-2.0

import Journal
import Logging
import Store
import Synchronization
import Telemetry
import Testing

@testable import rearguardd

struct `The intake of a journal` {
    private let place: Place
    private let lines = Lines()

    init() async throws {
        place = try await Place()
    }

    private var directory: String { "\(place.path)/clicks" }

    private func takeAll() async throws {
        try await JournalIntake(
            name: "clicks", reader: JournalReader(directory: directory), keep: .seconds(1), database: place.store,
            now: { 7 }, log: IngestLog(lines.logger), take: { try Ingest.clicks($0, upTo: $1, at: $2, in: $3) }
        ).takeAll()
    }

    private func position() async throws -> String {
        let position = try await place.store.read { try Consumers.position(of: "clicks", in: $0) }
        return "\(position.segment):\(position.offset > 0)"
    }

    private func rejected() async throws -> Int {
        try await place.store.read { try RejectedRecords.list(limit: 10, in: $0).count }
    }

    @Test func `takes every record once, through restarts of reader and writer`() async throws {
        try await takeAll()
        for number in 1...3 {
            let writer = try JournalWriter(directory: directory)
            try await writer.append(Array("\(number)".utf8))
            writer.close()
            try await takeAll()
            try await takeAll()
            #expect(try await rejected() == number)
        }
        #expect(try await position() == "3:true")
    }

    @Test func `tells of a journal that was begun anew behind its back`() async throws {
        try await place.store.write { transaction in
            try Consumers.move("clicks", to: ConsumerPosition(segment: 57, offset: 12), in: transaction)
        }
        let writer = try JournalWriter(directory: directory)
        try await writer.append(Array("{}".utf8))
        let error = await #expect(throws: JournalError.self) { try await takeAll() }
        #expect(error?.description.hasSuffix("ends at 1:12 but was read up to 57:12 before: it is another one") == true)
    }

    @Test func `tells of records that are not there any more, and writes that into the log once at most`() async throws
    {
        let writer = try JournalWriter(directory: directory)
        try await writer.append(Array("{}".utf8))
        try place.remove("clicks/0000000001.journal")
        for _ in 1...2 {
            let error = await #expect(throws: (any Error).self) { try await takeAll() }
            #expect("\(String(describing: error))".contains("records after 0:0 cannot be read"))
        }
        #expect(lines.all.isEmpty)
    }
}
