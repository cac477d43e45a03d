// SPDX-License-Identifier: Apache-2.0

import Console
import Cryptography
import Foundation
import Mail
import Objects
import Records
import Store
import Synchronization
import Testing

@testable import rearguardd

/// A storage that can be away, and calls somebody when it has put something.
private final class Shelf: ObjectStorage {
    private let objects = Mutex<[String: SealedObject]>([:])
    private let away = Mutex(false)
    private let whenPut = Mutex<(@Sendable () -> Void)?>(nil)

    var isAway: Bool {
        get { away.withLock(\.self) }
        set { away.withLock { $0 = newValue } }
    }
    var digests: [String] { objects.withLock { $0.keys.sorted() } }

    func call(_ action: @escaping @Sendable () -> Void) { whenPut.withLock { $0 = action } }

    private func check() throws(ObjectError) { if isAway { throw ObjectError("away") } }

    func make() {}
    func put(_ object: SealedObject) throws(ObjectError) -> SealedHeader {
        try check()
        objects.withLock { $0[object.header.sha256Hex] = object }
        whenPut.withLock(\.self)?()
        return object.header
    }
    func replace(_ object: SealedObject) throws(ObjectError) { _ = try put(object) }
    func object(_ sha256Hex: String) throws(ObjectError) -> SealedObject? {
        try check()
        return objects.withLock { $0[sha256Hex] }
    }
    func remove(_ sha256Hex: String) throws(ObjectError) {
        try check()
        objects.withLock { $0[sha256Hex] = nil }
    }
}

@Suite struct `Objects that wait in the spool` {
    private let place: Place
    private let shelf = Shelf()
    private let spool: ObjectSpool
    private let keeper: ObjectKeeper
    private let spoolPath: String
    private let one = Array("one".utf8)
    private let two = Array("two".utf8)

    init() async throws {
        place = try await Place()
        spoolPath = "\(place.path)/spool"
        try place.makeDirectory("spool")
        let keyFile = "\(place.path)/keys"
        try Data(ObjectKeys.newText()).write(to: URL(filePath: keyFile))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keyFile)
        let keys = try ObjectKeyFile(path: keyFile)
        spool = ObjectSpool(path: spoolPath, store: ObjectDirectory(path: "\(place.path)/none"), keys: keys)
        keeper = ObjectKeeper(
            storage: shelf, spool: SpoolReader(path: spoolPath), keys: keys, database: place.store, total: 1 << 30,
            age: 1 << 40, now: { Int64(Date.now.timeIntervalSince1970 * 1_000) }, tell: { _ in })
    }

    private func digest(_ content: [UInt8]) -> String {
        SHA256.digest(content).map { String(format: "%02x", $0) }.joined()
    }

    /// What the milter and the intake of the journal do for a message.
    private func deliver(_ number: UInt64, to recipient: String, _ contents: [UInt8]...) async throws {
        let reference = MessageReference(bits: number)
        let message = spool.message(reference.description)
        for content in contents { message.add(content, sha256: SHA256.digest(content)) }
        try message.finish()
        var record = MessageRecord(
            reference: reference, stamp: "s", at: Int64(Date.now.timeIntervalSince1970 * 1_000), queueID: "Q",
            sender: "a@example.org", recipients: [recipient], size: 1, rewriting: .rewritten)
        record.attachments = contents.enumerated().map {
            AttachmentRecord(
                part: "\($0)", name: "f", mediaType: "text/plain", size: $1.count, sha256: digest($1))
        }
        let arrived = record
        try await place.store.write { _ = try MessageStore.insert(arrived, in: $0) }
    }

    private func state(of content: [UInt8]) async throws -> ObjectRow.State? {
        let name = digest(content)
        return try await place.store.read { try ObjectStore.row(name, in: $0)?.state }
    }

    private func erase(_ mail: ErasedMail) async throws -> Int { try await keeper.access.eraseWaiting(mail) }

    @Test(arguments: [ErasedMail.message(MessageReference(bits: 1).description), .recipient("alice@example.net")])
    func `are gone from there when their message is erased, and never kept`(mail: ErasedMail) async throws {
        try await deliver(1, to: "alice@example.net", one, two)
        try await deliver(2, to: "bob@example.net", two)
        shelf.isAway = true
        #expect(try await erase(mail) == 1)
        await #expect(throws: ObjectError.self) { try await keeper.takeSpool() }
        let waiting = SpoolReader(path: spoolPath)
        #expect(try waiting.waiting().flatMap { try waiting.digests(in: $0) } == [digest(two)])
        shelf.isAway = false
        try await keeper.takeSpool()
        #expect(shelf.digests == [digest(two)])
        #expect(try await state(of: one) == .erased)
        #expect(try await state(of: two) == .kept)
        #expect(try waiting.waiting().isEmpty)
    }

    @Test func `are not kept either when they were on their way`() async throws {
        try await deliver(1, to: "alice@example.net", one)
        let (access, done) = (keeper.access, DispatchSemaphore(value: 0))
        shelf.call {
            Task {
                _ = try await access.eraseWaiting(.recipient("alice@example.net"))
                done.signal()
            }
            done.wait()
        }
        try await keeper.takeSpool()
        try await keeper.takeSpool()
        #expect(shelf.digests.isEmpty)
        #expect(try await state(of: one) == .erased)
    }

    @Test func `are kept when another message brings them after the erasure`() async throws {
        try await deliver(1, to: "alice@example.net", one, two)
        try await Task.sleep(for: .milliseconds(5))
        #expect(try await erase(.recipient("alice@example.net")) == 2)
        shelf.isAway = true
        await #expect(throws: ObjectError.self) { try await keeper.takeSpool() }
        try await Task.sleep(for: .milliseconds(5))
        try await deliver(2, to: "bob@example.net", one)
        shelf.isAway = false
        try await keeper.takeSpool()
        #expect(shelf.digests == [digest(one)])
        #expect(try await state(of: one) == .kept)
        #expect(try await state(of: two) == .erased)
    }
}
