// SPDX-License-Identifier: Apache-2.0

// ObjectBucket: objects in a bucket of an S3-compatible server instead of a folder of this host.
//
// An object goes there as it was sealed, so the server sees digests and sizes, and no content. rearguardd alone talks to it:
// mail waits in the milter's spool, and is accepted, however long the server is down. What is in the bucket is marked in the
// folder by an empty file, written after the upload and removed after the deletion: the milter looks there.
//
// Road not taken: one bucket folder for several stores. When one of them erases an object, it would have to know that no
// other needs it, which S3 cannot answer and delete in one step. So every store has its own prefix.

import Bytes
package import Objects
import Web

/// Where the bucket is.
package struct BucketPlace: Hashable, Sendable {
    /// `http://host:port` or `https://host:port`.
    package let endpoint: String
    package let region: String
    package let bucket: String
    /// What stands before every object's name.
    package let prefix: String

    /// Bucket and prefix are letters, digits and `-`, `.`, `_`, `/` only, which need no encoding in a path.
    package init(endpoint: String, region: String, bucket: String, prefix: String) {
        self.endpoint = endpoint
        self.region = region
        self.bucket = bucket
        self.prefix = prefix
    }
}

/// The objects of one store in a bucket: `<prefix><SHA-256>`.
package struct ObjectBucket: ObjectStorage {
    private let place: BucketPlace
    private let marks: ObjectDirectory
    private let credentials: @Sendable () throws -> BucketCredentials
    /// Seconds since 1970.
    private let now: @Sendable () -> Int64
    private var client = WebClient()

    /// `credentials` is asked for each request, so that another key needs no restart.
    package init(
        _ place: BucketPlace, marks: ObjectDirectory, timeout: Duration = .seconds(60),
        now: @escaping @Sendable () -> Int64, credentials: @escaping @Sendable () throws -> BucketCredentials
    ) {
        self.place = place
        self.marks = marks
        self.credentials = credentials
        self.now = now
        client.timeout = timeout
        client.bodyLimit = SealedObject.largestFile
    }

    /// The folder of the marks; the bucket is the site's to make.
    package func make() throws(ObjectError) { try marks.make() }

    /// One that is there is written over: that costs no more than to ask for it.
    @discardableResult
    package func put(_ object: SealedObject) throws(ObjectError) -> SealedHeader {
        try replace(object)
        return object.header
    }

    package func replace(_ object: SealedObject) throws(ObjectError) {
        let name = object.header.sha256Hex
        let answer = try ask("PUT", name, body: object.bytes)
        guard answer.status == 200 else { throw refusal("PUT", name, answer) }
        try marks.mark(name)
    }

    /// What the folder had before the bucket was set up is still read there.
    package func object(_ sha256Hex: String) throws(ObjectError) -> SealedObject? {
        if let object = try marks.object(sha256Hex) { return object }
        let answer = try ask("GET", sha256Hex)
        if isGone(answer) {
            // Somebody else took it away: it shall be spooled again when it comes again.
            try marks.remove(sha256Hex)
            return nil
        }
        guard answer.status == 200 else { throw refusal("GET", sha256Hex, answer) }
        guard let object = SealedObject(answer.body), object.header.sha256Hex == sha256Hex else {
            throw ObjectError("\(place.endpoint): \(path(sha256Hex)) is no object of that name")
        }
        return object
    }

    package func remove(_ sha256Hex: String) throws(ObjectError) {
        let answer = try ask("DELETE", sha256Hex)
        guard (200..<300).contains(answer.status) || isGone(answer) else { throw refusal("DELETE", sha256Hex, answer) }
        try marks.remove(sha256Hex)
    }

    // MARK: Requests

    private func path(_ name: String) -> String { "/\(place.bucket)/\(place.prefix)\(name)" }

    private func ask(_ method: String, _ name: String, body: [UInt8]? = nil) throws(ObjectError) -> WebResponse {
        let host = place.endpoint.split(separator: "/").last.map(String.init) ?? ""
        let unsigned = RequestSignature(
            method: method, path: path(name), fields: [WebField("host", host)], body: body ?? [])
        do {
            var fields = unsigned.signedFields(try credentials(), region: place.region, at: now())
            if body != nil { fields.append(WebField("content-type", "application/octet-stream")) }
            return try client.perform(
                ClientRequest(method, path(name), of: .origin(place.endpoint), fields: fields, body: body))
        } catch { throw ObjectError("object \(name): \(error)") }
    }

    /// The object is not there; a bucket that is not there has the same status.
    private func isGone(_ answer: WebResponse) -> Bool { answer.status == 404 && code(answer) == "NoSuchKey" }

    private func refusal(_ method: String, _ name: String, _ answer: WebResponse) -> ObjectError {
        ObjectError("object \(name): \(place.endpoint) answers \(method) by \(answer.status) \(code(answer) ?? "")")
    }

    /// The name of the error in an answer (S3 API reference, "Error Responses"): `<Error><Code>NoSuchKey</Code>…`.
    private func code(_ answer: WebResponse) -> String? {
        let text = answer.body.prefix(4_096).text
        guard let tag = text.firstRange(of: "<Code>") else { return nil }
        let code = text[tag.upperBound...].prefix { $0 != "<" }.prefix(64)
        return code.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 } ? String(code) : nil
    }
}
