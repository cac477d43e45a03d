// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Testing

@testable import Objects

@Suite struct ObjectsTests {
    private let keys: ObjectKeys
    private let directory: String

    init() throws {
        keys = try ObjectKeys(text: ObjectKeys.newText(), name: "keys")
        directory = FileManager.default.temporaryDirectory.appending(path: "objects-\(UUID())").path
        try FileManager.default.createDirectory(atPath: "\(directory)/spool", withIntermediateDirectories: true)
    }

    @Test(arguments: [0, 1, 64, 65, 65_535, 65_536, 65_537, 200_000])
    func `what is sealed comes back`(size: Int) {
        for content in [[UInt8](repeating: 7, count: size), SecureRandom.bytes(size)] {
            let object = SealedObject(sealing: content, sha256: SHA256.digest(content), key: keys.current)
            let read = SealedObject(object.bytes)
            #expect(read?.content(keys.current) == content)
            #expect(read?.header.size == size)
        }
    }

    @Test func `text takes less room than it has, and no content stands in the clear`() {
        let content = Array(String(repeating: "all work and no play ", count: 2_000).utf8)
        let object = SealedObject(sealing: content, sha256: SHA256.digest(content), key: keys.current)
        #expect(object.bytes.count < content.count / 10)
        let again = SealedObject(sealing: content, sha256: SHA256.digest(content), key: keys.current)
        #expect(again.bytes != object.bytes)
    }

    @Test func `no byte can be changed, cut off or moved`() {
        let content = SecureRandom.bytes(150_000)
        let sealed = SealedObject(sealing: content, sha256: SHA256.digest(content), key: keys.current).bytes
        for place in [9, 16, 30, 60, 72, 70_000, sealed.count - 1] {
            var changed = sealed
            changed[place] ^= 1
            #expect(SealedObject(changed)?.content(keys.current) == nil, "byte \(place)")
        }
        let chunk = SealedObject.chunkSize + AES256GCM.tagSize
        var shorter = Array(sealed.dropLast(sealed.count - SealedHeader.size - chunk))
        shorter[12..<16] = [UInt8(chunk & 255), UInt8(chunk >> 8 & 255), UInt8(chunk >> 16), 0]
        #expect(SealedObject(shorter) != nil)
        #expect(SealedObject(shorter)?.content(keys.current) == nil)
        let swapped =
            Array(sealed[..<72]) + sealed[(72 + chunk)..<(72 + 2 * chunk)] + sealed[72..<(72 + chunk)]
            + sealed[(72 + 2 * chunk)...]
        #expect(SealedObject(swapped)?.content(keys.current) == nil)
    }

    @Test func `another key opens nothing, and a rotation keeps what was`() throws {
        let content = Array("content".utf8)
        let object = SealedObject(sealing: content, sha256: SHA256.digest(content), key: keys.current)
        let rotated = try ObjectKeys(text: #require(keys.rotated()), name: "keys")
        #expect(rotated.current.id == 2)
        #expect(object.content(rotated.current) == nil)
        let old = try #require(rotated.key(1))
        #expect(object.content(old) == content)
        let again = try #require(object.resealed(from: old, to: rotated.current))
        #expect(again.header.keyID == 2)
        #expect(again.content(rotated.current) == content)
    }

    @Test(arguments: [
        "", "1 current ab",
        "1 current \(String(repeating: "0", count: 64))\n1 retired \(String(repeating: "1", count: 64))",
        "1 retired \(String(repeating: "0", count: 64))", "0 current \(String(repeating: "0", count: 64))",
        "1 next \(String(repeating: "0", count: 64))",
    ])
    func `a bad key file is refused`(text: String) {
        #expect(throws: ObjectError.self) { try ObjectKeys(text: Array(text.utf8), name: "keys") }
    }

    @Test func `a new object is spooled once, taken in, and known then`() throws {
        let keyFile = "\(directory)/keys"
        try Data(ObjectKeys.newText()).write(to: URL(filePath: keyFile))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keyFile)
        let store = ObjectDirectory(path: "\(directory)/objects")
        let keys = try ObjectKeyFile(path: keyFile)
        let spool = ObjectSpool(path: "\(directory)/spool", store: store, keys: keys)
        let reader = SpoolReader(path: "\(directory)/spool")
        let (first, second) = (Array("first".utf8), Array("second".utf8))

        let message = spool.message("0001")
        message.add(first, sha256: SHA256.digest(first))
        message.add(second, sha256: SHA256.digest(second))
        message.add(first, sha256: SHA256.digest(first))
        #expect(try reader.waiting().isEmpty)
        try message.finish()
        #expect(try reader.waiting() == ["0001"])

        let repeated = spool.message("0002")
        repeated.add(first, sha256: SHA256.digest(first))
        try repeated.finish()
        #expect(try reader.waiting() == ["0001"])

        var found: [[UInt8]?] = []
        let isWhole = try reader.forEachObject(in: "0001") { object in
            found.append(object.content(keys.current().current))
            try store.put(object)
        }
        #expect(isWhole)
        #expect(found == [first, second])
        try reader.remove("0001")
        #expect(spool.message("0003").has(SealedHeader.hex(first)))
        #expect(try store.object(SealedHeader.hex(second))?.content(keys.current().current) == second)
        try store.remove(SealedHeader.hex(second))
        #expect(!spool.message("0004").has(SealedHeader.hex(second)))
    }

    @Test func `a message that is not accepted leaves nothing in the spool`() throws {
        let keyFile = "\(directory)/keys"
        try Data(ObjectKeys.newText()).write(to: URL(filePath: keyFile))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keyFile)
        let store = ObjectDirectory(path: "\(directory)/objects")
        let spool = ObjectSpool(path: "\(directory)/spool", store: store, keys: try ObjectKeyFile(path: keyFile))
        spool.message("0001").add([1], sha256: SHA256.digest([1]))
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(directory)/spool").isEmpty)
    }

    @Test func `a spool file that ends in the middle gives what is whole`() throws {
        let content = SecureRandom.bytes(1_000)
        let object = SealedObject(sealing: content, sha256: SHA256.digest(content), key: keys.current)
        let bytes = object.bytes + object.bytes.dropLast(1)
        try Data(bytes).write(to: URL(filePath: "\(directory)/spool/0001"))
        var count = 0
        let isWhole = try SpoolReader(path: "\(directory)/spool").forEachObject(in: "0001") { _ in count += 1 }
        #expect(!isWhole)
        #expect(count == 1)
    }
}

extension SealedHeader {
    fileprivate static func hex(_ content: [UInt8]) -> String {
        SHA256.digest(content).map { String(format: "%02x", $0) }.joined()
    }
}
