// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import Foundation
import Synchronization
import Web

/// One document that was fetched: a file to read, or the news that there is nothing new.
struct FetchedDocument {
    /// Nil: the server says that it is what we had.
    let path: String?
    let etag: String?
    let modified: String?
    /// SHA-256 of the content, hexadecimal.
    let digest: String?
    let fields: [WebField]
}

/// Fetches documents of a feed into a file, by http, https or from the disk; never more than the feed may have.
struct FeedFetcher {
    /// Hops from one address to the next: dumps lie on other hosts than the API that names them.
    private static let redirectLimit = 5
    private static let chunk = 64 * 1_024

    let source: FeedSource
    /// Where what comes by http is kept while it is read.
    let spool: String

    /// The document at the address; `etag` and `modified` are what its server said the last time.
    func fetch(
        _ location: String, etag: String? = nil, modified: String? = nil, accept: String = "*/*"
    ) async throws(FeedFault) -> FetchedDocument {
        if location.hasPrefix("/") { return try file(location, modified: modified) }
        var location = location
        for _ in 0...Self.redirectLimit {
            let (response, document) = try await get(location, etag, modified, accept)
            switch response.status {
            case 200: return document
            case 304 where etag != nil || modified != nil:
                return FetchedDocument(path: nil, etag: etag, modified: modified, digest: nil, fields: response.fields)
            case 301, 302, 303, 307, 308:
                guard let next = response.field("Location"), let target = Self.target(next, from: location) else {
                    throw FeedFault("\(location): a redirect that leads nowhere we go")
                }
                location = target
            default: throw FeedFault("\(Self.shown(location)): the server answered \(response.status)")
            }
        }
        throw FeedFault("\(Self.shown(source.location)): more than \(Self.redirectLimit) redirects")
    }

    // MARK: From the disk

    private func file(_ path: String, modified: String?) throws(FeedFault) -> FetchedDocument {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            attributes[.type] as? FileAttributeType == .typeRegular, let size = attributes[.size] as? Int,
            let date = attributes[.modificationDate] as? Date
        else {
            throw FeedFault("\(path): no file that can be read")
        }
        guard size <= source.sizeLimit else {
            throw FeedFault("\(path): \(size) bytes, the limit is \(source.sizeLimit)")
        }
        let version = "\(size) bytes of \(date.timeIntervalSince1970)"
        if version == modified {
            return FetchedDocument(path: nil, etag: nil, modified: version, digest: nil, fields: [])
        }
        var digest = SHA256()
        try Self.read(path) { bytes in digest.update(bytes.span) }
        return FetchedDocument(
            path: path, etag: nil, modified: version, digest: Hex.encode(digest.digest()).text, fields: [])
    }

    /// Gives the file's bytes in chunks.
    static func read(_ path: String, _ body: ([UInt8]) throws(FeedFault) -> Void) throws(FeedFault) {
        guard let file = FileHandle(forReadingAtPath: path) else { throw FeedFault("\(path): cannot be read") }
        defer { try? file.close() }
        while true {
            let data: Data?
            do {
                data = try file.read(upToCount: chunk)
            } catch { throw FeedFault("\(path): \(error.localizedDescription)") }
            guard let data, !data.isEmpty else { return }
            try body(Array(data))
        }
    }

    // MARK: By http

    private final class Sink: Sendable {
        private struct State: ~Copyable {
            var file: FileHandle?
            var digest: SHA256? = SHA256()
        }

        private let state: Mutex<State>

        init(_ file: FileHandle) {
            state = Mutex(State(file: file))
        }

        func write(_ bytes: [UInt8]) -> Bool {
            state.withLock { state in
                guard let file = state.file else { return false }
                do {
                    try file.write(contentsOf: Data(bytes))
                } catch { return false }
                if var digest = state.digest.take() {
                    digest.update(bytes.span)
                    state.digest = consume digest
                }
                return true
            }
        }

        func finish() -> String? {
            state.withLock { state in
                try? state.file?.close()
                state.file = nil
                guard let digest = state.digest.take() else { return nil }
                return Hex.encode(digest.digest()).text
            }
        }
    }

    private func get(
        _ location: String, _ etag: String?, _ modified: String?, _ accept: String
    ) async throws(FeedFault) -> (WebResponse, FetchedDocument) {
        guard let (origin, target) = Self.parts(location) else {
            throw FeedFault("\(Self.shown(location)): expected an http or https URL")
        }
        var fields = [WebField("User-Agent", "Rearguard"), WebField("Accept", accept)]
        if let etag { fields.append(WebField("If-None-Match", etag)) }
        if let modified { fields.append(WebField("If-Modified-Since", modified)) }
        // The secret goes to who it is for, and to nobody a redirect names.
        if let credential = source.credential, origin == Self.parts(source.location)?.origin,
            let colon = credential.firstIndex(of: ":")
        {
            let value = credential[credential.index(after: colon)...].drop { $0 == " " }
            fields.append(WebField(String(credential[..<colon]), String(value)))
        }
        let sink = Sink(try spoolFile())
        var client = WebClient()
        client.timeout = source.timeout
        client.bodyLimit = source.sizeLimit
        client.usesEnvironmentProxy = true
        client.acceptsCompression = true
        let response: WebResponse
        do {
            response = try await client.send(
                ClientRequest("GET", target, of: .origin(origin), fields: fields), body: sink.write)
        } catch { throw FeedFault("\(Self.shown(location)): \(error)") }
        let document = FetchedDocument(
            path: spool, etag: response.field("ETag"), modified: response.field("Last-Modified"),
            digest: sink.finish(), fields: response.fields)
        return (response, document)
    }

    private func spoolFile() throws(FeedFault) -> FileHandle {
        guard FileManager.default.createFile(atPath: spool, contents: nil, attributes: [.posixPermissions: 0o640]),
            let file = FileHandle(forWritingAtPath: spool)
        else {
            throw FeedFault("\(spool): cannot be made")
        }
        return file
    }

    /// `https://host:port` and the path with its query.
    static func parts(_ location: String) -> (origin: String, target: String)? {
        guard let scheme = ["https://", "http://"].first(where: location.lowercased().hasPrefix) else { return nil }
        let rest = location.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        let target = rest.dropFirst(authority.count).prefix { $0 != "#" }
        return (scheme + authority, target.hasPrefix("/") ? String(target) : "/\(target)")
    }

    /// Where a redirect leads; never from https to http.
    private static func target(_ next: String, from location: String) -> String? {
        guard let (origin, path) = parts(location) else { return nil }
        if next.hasPrefix("//") { return (origin.hasPrefix("https") ? "https:" : "http:") + next }
        if next.hasPrefix("/") { return origin + next }
        if let (other, _) = parts(next) {
            return origin.lowercased().hasPrefix("https://") && !other.lowercased().hasPrefix("https://") ? nil : next
        }
        guard !next.contains(":") else { return nil }
        let directory = path.prefix { $0 != "?" }
        return origin + directory[...(directory.lastIndex(of: "/") ?? directory.startIndex)] + next
    }

    /// For messages: keys stand in queries.
    private static func shown(_ location: String) -> String { String(location.prefix { $0 != "?" }) }
}
