// SPDX-License-Identifier: Apache-2.0

import Console
import Fingerprints
import ObjectIndex
import Objects
import Rescans
import Store

/// Keeps the objects: takes them in from the spool, holds them to their bounds, gives them new keys.
///
/// A file is written before the store says that it is there, and goes before the store says that it is gone, so that after a
/// crash the same is done once more. The spool file goes last.
struct ObjectKeeper: Sendable {
    /// Objects of one step; between two steps, others get at the store.
    private static let objectsAtOnce = 100

    let storage: any ObjectStorage
    let spool: SpoolReader
    let keys: ObjectKeyFile
    let database: any Database
    /// Bytes of all objects together, as they are kept, and of the index over them.
    let total: Int
    /// Milliseconds an object is kept after the last message with it.
    let age: Int64
    let now: @Sendable () -> Int64
    let tell: @Sendable (ObjectEvent) -> Void
    /// Which object can contain what; nil when no rules are looked for.
    var index: IndexKeeper?

    /// Takes in what lies in the spool.
    func takeSpool() async throws {
        let erasures = try await letErasedGo()
        for name in try spool.waiting() {
            try Task.checkCancellation()
            guard let written = spool.written(name) else { continue }
            let (objects, isWhole) = try await Blocking.run { try take(name) }
            if !isWhole { tell(.cutSpool(file: name)) }
            let at = now()
            try await database.write { transaction in
                for object in objects {
                    try ObjectStore.take(object, written: written, at: at, in: transaction)
                }
            }
            try spool.remove(name)
            if !objects.isEmpty { tell(.takenIn(objects: objects.count)) }
        }
        try await end(erasures)
    }

    /// Takes out of the spool what was erased while it waited there; answers the erasures of which nothing is left in it.
    private func letErasedGo() async throws -> Set<ObjectErasure> {
        let erasures = try await database.read { try ObjectStore.erasures(in: $0) }
        guard !erasures.isEmpty else { return [] }
        let names = try spool.waiting()
        try await Blocking.run {
            for name in names {
                guard let written = spool.written(name) else { continue }
                let here = Set(try spool.digests(in: name))
                let going = erasures.filter { $0.at >= written && here.contains($0.sha256) }
                if !going.isEmpty { try spool.remove(Set(going.map(\.sha256)), from: name) }
            }
        }
        return names.count < SpoolReader.filesAtOnce ? Set(erasures) : []
    }

    /// What was erased may have been on its way to where objects stay; what is kept again came since then.
    private func end(_ erasures: Set<ObjectErasure>) async throws {
        guard !erasures.isEmpty else { return }
        for erasure in erasures.sorted(by: { $0.sha256 < $1.sha256 }) {
            try Task.checkCancellation()
            let state = try await database.read { try ObjectStore.row(erasure.sha256, in: $0)?.state }
            if state != .kept {
                try await Blocking.run { try storage.remove(erasure.sha256) }
                index?.forget([erasure.sha256], erased: true)
            }
            try await database.write { try ObjectStore.end(erasure, in: $0) }
        }
    }

    /// Erases what waits in the spool and only this mail has; answers how many objects that were.
    private func eraseWaiting(_ mail: ErasedMail) async throws -> Int {
        let waiting = try await Blocking.run { try spool.waiting().flatMap { try spool.digests(in: $0) } }
        guard !waiting.isEmpty else { return 0 }
        let at = now()
        return try await database.write {
            try ObjectStore.eraseWaiting(waiting, onlyBy: mail, at: at, in: $0)
        }
    }

    /// Keeps what is in one file of the spool; answers whether the file was whole, too.
    private func take(_ name: String) throws -> (kept: [KeptObject], isWhole: Bool) {
        var kept: [KeptObject] = []
        let isWhole = try spool.forEachObject(in: name) { object in
            let content = try content(object)
            var new = KeptObject(try storage.put(object))
            new.tlsh = TLSH(of: content)?.text
            index?.add(content, sha256: new.sha256, at: now())
            kept.append(new)
        }
        return (kept, isWhole)
    }

    /// Lets objects go that are too old, or that there is no room for.
    func enforceBounds() async throws {
        let limit = now() - age
        while try await evict({ try ObjectStore.oldest(before: limit, limit: Self.objectsAtOnce, in: $0) }) {}
        // The index shrinks some time after its objects went: it must not make all of them go.
        let room = max(total / 2, total - (index?.shelf.total.size ?? 0))
        while try await database.read({ try ObjectStore.total(in: $0).size }) > Int64(room) {
            // A few at a time: the last ones may be large.
            guard try await evict({ try ObjectStore.oldest(limit: 10, in: $0) }) else { return }
        }
    }

    private func evict(
        _ choose: @Sendable @escaping (any SQLTransaction) throws -> [ObjectRow]
    ) async throws -> Bool {
        let going = try await database.read(choose).map(\.sha256)
        guard !going.isEmpty, !Task.isCancelled else { return false }
        try await drop(going, as: .evicted)
        tell(.evicted(objects: going.count))
        return true
    }

    private func drop(_ digests: [String], as state: ObjectRow.State) async throws {
        try await Blocking.run { for digest in digests { try storage.remove(digest) } }
        try await database.write { try ObjectStore.drop(digests, as: state, in: $0) }
        index?.forget(digests, erased: state == .erased)
    }

    /// Encrypts objects under older keys anew; cheap when there are none.
    func renewKeys() async throws {
        let keys = keys.current()
        while !Task.isCancelled {
            let rows = try await database.read {
                try ObjectStore.underOtherKey(
                    than: Int64(keys.current.id), limit: Self.objectsAtOnce, in: $0)
            }
            guard !rows.isEmpty else { return }
            let (renewed, missing) = try await Blocking.run { try renew(rows.map(\.sha256), keys) }
            let at = now()
            try await database.write { transaction in
                for object in renewed { try ObjectStore.keep(object, at: at, in: transaction) }
                try ObjectStore.drop(missing, as: .evicted, in: transaction)
            }
            tell(.renewed(objects: renewed.count, key: Int(keys.current.id)))
        }
    }

    /// Answers what is under the current key now, and what is not there at all.
    private func renew(_ digests: [String], _ keys: ObjectKeys) throws -> (renewed: [KeptObject], missing: [String]) {
        var renewed: [KeptObject] = []
        var missing: [String] = []
        for digest in digests {
            guard let object = try storage.object(digest) else {
                missing.append(digest)
                continue
            }
            guard object.header.keyID != keys.current.id else {
                renewed.append(KeptObject(object.header))
                continue
            }
            guard let old = keys.key(object.header.keyID), let new = object.resealed(from: old, to: keys.current)
            else { throw unopened(object) }
            try storage.replace(new)
            renewed.append(KeptObject(new.header))
        }
        return (renewed, missing)
    }

    /// The content; nil when its bytes are not there.
    ///
    /// Waits for disk or peer.
    func content(_ sha256: String) throws(ObjectError) -> [UInt8]? {
        guard let object = try storage.object(sha256) else { return nil }
        return try content(object)
    }

    private func content(_ object: SealedObject) throws(ObjectError) -> [UInt8] {
        guard let key = keys.current().key(object.header.keyID), let content = object.content(key) else {
            throw unopened(object)
        }
        return content
    }

    private func unopened(_ object: SealedObject) -> ObjectError {
        ObjectError("object \(object.header.sha256Hex): key \(object.header.keyID) does not open it")
    }

    /// What the admin API may do with objects.
    var access: ObjectAccess {
        ObjectAccess(
            archive: { sha256 in
                guard let content = try await Blocking.run({ try content(sha256) }) else { return nil }
                guard let archive = ProtectedArchive.archive(content, name: sha256) else {
                    throw ObjectError("libarchive makes no encrypted archive")
                }
                return archive
            },
            erase: { try await drop($0, as: .erased) },
            eraseWaiting: { try await eraseWaiting($0) },
            index: {
                index.map {
                    let (objects, size) = $0.shelf.total
                    return ObjectIndexState(objects: objects, size: size)
                }
            })
    }
}

/// What happened to objects.
enum ObjectEvent: Sendable {
    case takenIn(objects: Int)
    /// A spool file ends in the middle of an object: the milter's host failed before the message was accepted.
    case cutSpool(file: String)
    case evicted(objects: Int)
    case renewed(objects: Int, key: Int)
}

extension KeptObject {
    fileprivate init(_ header: SealedHeader) {
        self.init(
            sha256: header.sha256Hex, size: Int64(header.size),
            sealedSize: Int64(SealedHeader.size + header.payloadSize), key: Int64(header.keyID))
    }
}
