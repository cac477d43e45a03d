// SPDX-License-Identifier: Apache-2.0

import Bytes
import Synchronization

/// Where the milter leaves objects for rearguardd: one file for each message, `<message reference>`, with the sealed objects
/// of that message that nobody had before, one behind the other.
///
/// One file, so that a message costs one sync however many files are in it. It is written as `<reference>.new` and renamed
/// when it is on disk, before the message's record is written: nothing is accepted whose objects are not on disk. Should the
/// host fail between the sync and the rename, the file is whole all the same, and its record is not there; such files are
/// taken in later or go.
package final class ObjectSpool: Sendable {
    /// Objects that were spooled lately and may not be in the store yet; beyond it they are spooled again.
    private static let recentLimit = 10_000

    private let path: String
    private let store: ObjectDirectory
    private let keys: ObjectKeyFile
    /// Digest to spool file.
    private let recent = Mutex<[String: String]>([:])

    package init(path: String, store: ObjectDirectory, keys: ObjectKeyFile) {
        self.path = path
        self.store = store
        self.keys = keys
    }

    /// Makes the directory, in which readers of the group may remove what they have read.
    package func open() throws(ObjectError) { try ObjectNames.makeDirectory(path, 0o2770) }

    /// Begins a message; nothing is written while it brings nothing new.
    package func message(_ reference: String) -> SpooledMessage {
        SpooledMessage(spool: self, path: "\(path)/\(reference)", key: keys.current().current)
    }

    /// Whether the object is on disk.
    fileprivate func has(_ sha256Hex: String) -> Bool {
        // The spool first: what moves from there to the store in between is found in the store.
        if let file = recent.withLock({ $0[sha256Hex] }), ObjectNames.exists(file) { return true }
        return store.contains(sha256Hex)
    }

    fileprivate func note(_ digests: [String], in file: String) {
        recent.withLock { recent in
            if recent.count + digests.count > Self.recentLimit { recent = [:] }
            for digest in digests { recent[digest] = file }
        }
    }
}

/// The objects of one message on their way to the spool.
package final class SpooledMessage {
    private let spool: ObjectSpool
    private let path: String
    private let key: ObjectKey
    private var file: ObjectFile?
    private var digests: Set<String> = []
    /// Why objects could not be written.
    private var failure: ObjectError?

    fileprivate init(spool: ObjectSpool, path: String, key: ObjectKey) {
        self.spool = spool
        self.path = path
        self.key = key
    }

    deinit {
        // Not finished: the message is not accepted.
        if let file { _ = try? ObjectNames.remove(file.path) }
    }

    /// Whether the object need not be added.
    package func has(_ sha256Hex: String) -> Bool { digests.contains(sha256Hex) || spool.has(sha256Hex) }

    /// Takes the object; a failure is told by `finish`, for nothing can be done about it before.
    package func add(_ content: [UInt8], sha256: [UInt8]) {
        let name = Hex.encode(sha256).text
        guard failure == nil, content.count <= SealedObject.sizeLimit, !has(name) else { return }
        digests.insert(name)
        do {
            if file == nil { file = try ObjectFile.create("\(path).new") }
            try file?.write(SealedObject(sealing: content, sha256: sha256, key: key).bytes)
        } catch { failure = error }
    }

    /// Returns when all objects are on disk.
    package func finish() throws(ObjectError) {
        if let failure { throw failure }
        guard let file else { return }
        try file.synchronize()
        try ObjectNames.rename(file.path, path)
        self.file = nil
        spool.note(Array(digests), in: path)
    }
}
