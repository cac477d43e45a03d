// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Objects
import Synchronization
import Testing
import Web

@testable import ObjectBucket

@Suite(.timeLimit(.minutes(1))) final class ObjectBucketTests: Sendable {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "bucket-\(UUID().uuidString)")
    private let server = FakeBucketServer()
    private let key: ObjectKey
    private let object: SealedObject

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        key = try ObjectKeys(text: ObjectKeys.newText(), name: "keys").current
        let content = Array("some content".utf8)
        object = SealedObject(sealing: content, sha256: SHA256.digest(content), key: key)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private var name: String { object.header.sha256Hex }
    private var marks: ObjectDirectory { ObjectDirectory(path: folder.appending(path: "objects").path) }

    private func bucket(_ endpoint: String) -> ObjectBucket {
        ObjectBucket(
            BucketPlace(endpoint: endpoint, region: "us-east-1", bucket: "site", prefix: "objects/"), marks: marks,
            timeout: .seconds(5), now: { 1_369_353_600 }
        ) { try #require(BucketCredentials("ID:SECRET")) }
    }

    /// Blocking calls, each on a thread of its own.
    private func calling<Value: Sendable>(_ call: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try call() }) }
        }
    }

    @Test func `an object goes there as it was sealed, is marked here, comes back, and goes`() async throws {
        try await server.run { [self] endpoint in
            let bucket = bucket(endpoint)
            #expect(try await calling { try bucket.object(self.name) } == nil)
            _ = try await calling { try bucket.put(self.object) }
            #expect(server.state.withLock { $0.objects } == ["/site/objects/\(name)": object.bytes])
            #expect(marks.contains(name))
            #expect(try marks.object(name) == nil)
            let found = try #require(try await calling { try bucket.object(self.name) })
            #expect(found.content(key) == Array("some content".utf8))
            try await calling { try bucket.remove(self.name) }
            try await calling { try bucket.remove(self.name) }
            #expect(server.state.withLock { $0.objects.isEmpty })
            #expect(!marks.contains(name))
        }
    }

    @Test func `what is refused is told, and nothing is marked`() async throws {
        try await server.run { [self] endpoint in
            let bucket = bucket(endpoint)
            server.state.withLock { $0.refusal = (503, "SlowDown") }
            let error = await #expect(throws: ObjectError.self) {
                try await self.calling { try bucket.put(self.object) }
            }
            #expect("\(try #require(error))".contains("answers PUT by 503 SlowDown"))
            #expect(!marks.contains(name))
            server.state.withLock { $0.refusal = nil }
            _ = try await calling { try bucket.put(self.object) }
            server.state.withLock { $0.refusal = (403, "AccessDenied") }
            await #expect(throws: ObjectError.self) { try await self.calling { try bucket.remove(self.name) } }
            #expect(marks.contains(name))
        }
    }

    @Test func `a bucket that is not there is trouble, not an object that is gone`() async throws {
        try await server.run { [self] endpoint in
            let bucket = bucket(endpoint)
            server.state.withLock { $0.refusal = (404, "NoSuchBucket") }
            await #expect(throws: ObjectError.self) { try await self.calling { try bucket.object(self.name) } }
            await #expect(throws: ObjectError.self) { try await self.calling { try bucket.remove(self.name) } }
        }
    }

    @Test func `what somebody took out of the bucket is marked no longer, so that it is spooled again`() async throws {
        try await server.run { [self] endpoint in
            let bucket = bucket(endpoint)
            _ = try await calling { try bucket.put(self.object) }
            server.state.withLock { $0.objects = [:] }
            #expect(try await calling { try bucket.object(self.name) } == nil)
            #expect(!marks.contains(name))
        }
    }

    @Test func `something else under an object's name is not taken for it`() async throws {
        try await server.run { [self] endpoint in
            let bucket = bucket(endpoint)
            let other = SealedObject(sealing: [1], sha256: SHA256.digest([1]), key: key)
            for body in [[], Array("no object".utf8), other.bytes] {
                server.state.withLock { $0.objects = ["/site/objects/\(self.name)": body] }
                await #expect(throws: ObjectError.self) { try await self.calling { try bucket.object(self.name) } }
            }
        }
    }

    @Test func `a server that is away is told by its address`() throws {
        let error = #expect(throws: ObjectError.self) { try bucket("http://127.0.0.1:1").put(object) }
        #expect("\(try #require(error))".contains("cannot reach http://127.0.0.1:1"))
    }

    @Test func `what the folder had before is read there, until it is kept anew`() async throws {
        try marks.put(object)
        #expect(try bucket("http://127.0.0.1:1").object(name)?.content(key) == Array("some content".utf8))
        try await server.run { [self] endpoint in
            let bucket = bucket(endpoint)
            try await calling { try bucket.replace(self.object) }
            #expect(try marks.object(name) == nil)
            #expect(try await calling { try bucket.object(self.name) }?.bytes == object.bytes)
        }
    }
}
