// SPDX-License-Identifier: Apache-2.0

import Mail
import Records
import Store
import Testing

@Suite struct ObjectStoreTests {
    private let one = String(repeating: "1", count: 64)
    private let two = String(repeating: "2", count: 64)

    @Test func `a content is one object, however often it comes`() async throws {
        let store = try await TemporaryStore()
        let (one, two) = (one, two)
        try await store.write { transaction in
            try MessageStore.insert(message(1, at: 1_000, files: [one, two]), in: transaction)
            try MessageStore.insert(message(2, at: 3_000, files: [one]), in: transaction)
            try MessageStore.insert(message(3, at: 2_000, files: [one]), in: transaction)
        }
        let rows = try await store.read { try ObjectStore.list(limit: 10, in: $0) }
        #expect(rows.map(\.sha256) == [one, two])
        #expect(rows.map(\.firstAt) == [1_000, 1_000])
        #expect(rows.map(\.lastAt) == [3_000, 1_000])
        #expect(rows.map(\.state) == [.known, .known])
    }

    @Test func `bytes may be there before the record, and what they are is told by the record`() async throws {
        let store = try await TemporaryStore()
        let one = one
        var record = message(1, at: 1_000, files: [one])
        record.attachments[0].sha1 = "aa"
        record.attachments[0].type = "application/pdf"
        let arrived = record
        try await store.write { transaction in
            try ObjectStore.keep(KeptObject(sha256: one, size: 99, sealedSize: 60, key: 1), at: 900, in: transaction)
            try MessageStore.insert(arrived, in: transaction)
        }
        let row = try await store.read { try ObjectStore.row(one, in: $0) }
        #expect(row?.state == .kept)
        #expect(row?.sealedSize == 60)
        #expect(row?.sha1 == "aa")
        #expect(row?.type == "application/pdf")
        #expect(row?.lastAt == 1_000)
    }

    @Test func `what was seen longest ago goes first, and its fingerprint stays`() async throws {
        let store = try await TemporaryStore()
        let (one, two) = (one, two)
        try await store.write { transaction in
            try ObjectStore.keep(KeptObject(sha256: one, size: 99, sealedSize: 60, key: 1), at: 2_000, in: transaction)
            try ObjectStore.keep(KeptObject(sha256: two, size: 99, sealedSize: 50, key: 2), at: 1_000, in: transaction)
        }
        try await store.read { transaction in
            let oldest = try ObjectStore.oldest(limit: 1, in: transaction)
            #expect(oldest.map(\.sha256) == [two])
            #expect(try ObjectStore.oldest(before: 1_000, limit: 1, in: transaction).isEmpty)
            #expect(try ObjectStore.total(in: transaction).size == 110)
            #expect(try ObjectStore.underOtherKey(than: 2, limit: 9, in: transaction).map(\.sha256) == [one])
        }
        try await store.write { try ObjectStore.drop([two], as: .evicted, in: $0) }
        let row = try await store.read { try ObjectStore.row(two, in: $0) }
        #expect(row?.state == .evicted)
        #expect(row?.size == 99)
        #expect(row?.key == nil)
    }

    @Test func `erased is only what nobody else has`() async throws {
        let store = try await TemporaryStore()
        let (one, two) = (one, two)
        try await store.write { transaction in
            try MessageStore.insert(
                message(1, files: [one, two], recipients: ["alice@example.org"]), in: transaction)
            try MessageStore.insert(message(2, files: [two], recipients: ["bob@example.org"]), in: transaction)
            for digest in [one, two] {
                try ObjectStore.keep(
                    KeptObject(sha256: digest, size: 99, sealedSize: 9, key: 1), at: 1, in: transaction)
            }
        }
        try await store.read { transaction in
            let alices = try ObjectStore.held(onlyBy: .recipient("alice@example.org"), in: transaction)
            #expect(alices == [one])
            #expect(try ObjectStore.held(onlyBy: .recipient("bob@example.org"), in: transaction).isEmpty)
            #expect(try ObjectStore.held(onlyBy: .message(reference(1).description), in: transaction) == [one])
        }
    }

    @Test func `a member of an archive is found by its digest, with what it lies in`() async throws {
        let store = try await TemporaryStore()
        let (one, two) = (one, two)
        var record = message(1, files: [one, two])
        record.attachments[1].parent = 1
        record.attachments[1].unscannable = "ratio"
        record.attachments[1].findings = ["yara: a", "clamd: b"]
        let arrived = record
        try await store.write { _ = try MessageStore.insert(arrived, in: $0) }
        try await store.read { transaction in
            let rows = try MessageStore.attachments(of: reference(1).description, in: transaction)
            #expect(rows.map(\.parent) == [nil, 1])
            #expect(rows[1].unscannable == "ratio")
            #expect(rows[1].findings == ["yara: a", "clamd: b"])
            #expect(
                try MessageStore.references(carryingFile: two, limit: 9, in: transaction) == [reference(1).description])
        }
    }
}
