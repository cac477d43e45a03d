// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Testing

@testable import URLSyntax

/// The corpus beside the repository; tests that need it are skipped where it is absent.
enum Corpus {
    static let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/corpus/url")

    static var isPresent: Bool { FileManager.default.fileExists(atPath: url.path) }
}

/// One entry of urltestdata.json; the file also holds comments as plain strings.
private enum Entry: Decodable {
    case comment
    case vector(Vector)

    struct Vector: Decodable {
        let input: String
        let base: String?
        let failure: Bool?
        let href: String?
        let hostname: String?
        let port: String?
        let pathname: String?
        let search: String?
        let hash: String?
    }

    init(from decoder: any Decoder) throws {
        if let container = try? decoder.singleValueContainer(), (try? container.decode(String.self)) != nil {
            self = .comment
        } else {
            self = .vector(try Vector(from: decoder))
        }
    }
}

@Suite(.enabled(if: Corpus.isPresent, "skipped: the corpus is not beside the repository"))
struct WhatwgTests {
    /// Lone surrogates are written as `\uD800`, which Swift's decoder refuses; a browser reads them as U+FFFD.
    private func vectors(_ file: String) throws -> [Entry.Vector] {
        let bytes = try Data(contentsOf: Corpus.url.appending(path: "whatwg/\(file)"))
        let surrogates = /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}/
        let text = String(decoding: bytes, as: UTF8.self).replacing(surrogates) { match in
            match.output.count == 12 ? String(match.output) : "\\uFFFD"
        }
        return try JSONDecoder().decode([Entry].self, from: Data(text.utf8)).compactMap { entry in
            if case .vector(let vector) = entry { vector } else { nil }
        }
    }

    private func parsed(_ vector: Entry.Vector) -> WebURL? {
        do {
            let base = try vector.base.map { try WebURL.parse(Array($0.utf8)) }
            return try WebURL.parse(Array(vector.input.utf8), base: base)
        } catch {
            return nil
        }
    }

    @Test(arguments: ["urltestdata.part.json", "ada_extra_urltestdata.part.json"])
    func `every URL vector parses as browsers do`(file: String) throws {
        let vectors = try vectors(file)
        #expect(vectors.count > 10)
        for vector in vectors {
            let url = parsed(vector)
            let place = "\(vector.input.debugDescription) on \(vector.base ?? "nothing")"
            if vector.failure == true {
                #expect(url == nil, "\(place) must be refused, is \(url?.serialized.text ?? "")")
                continue
            }
            #expect(url?.serialized.text == vector.href, "\(place)")
            if let port = vector.port { #expect(url?.port.map(String.init) ?? "" == port, "\(place)") }
            if let hostname = vector.hostname { #expect(url?.hostBytes.text == hostname, "\(place)") }
            if let pathname = vector.pathname { #expect(url?.path.text == pathname, "\(place)") }
        }
    }

    /// What is serialised parses to the same again.
    @Test func `a serialised URL parses to itself`() throws {
        for vector in try vectors("urltestdata.part.json") where vector.failure != true {
            guard let url = parsed(vector) else { continue }
            #expect(try WebURL.parse(url.serialized) == url)
        }
    }

    private struct Name: Decodable {
        let input: String
        let output: String?
        let comment: String?
    }

    @Test(arguments: ["toascii.part.json", "IdnaTestV2.part.json"])
    func `every name turns to ASCII as browsers do`(file: String) throws {
        let bytes = try Data(contentsOf: Corpus.url.appending(path: "whatwg/\(file)"))
        let exceptions = try Exceptions.load("idna-exceptions.txt")
        let names = try JSONDecoder().decode([MaybeName].self, from: bytes).compactMap(\.name)
        for name in names where !exceptions.contains(name.input) && !name.input.isEmpty {
            let url = try? WebURL.parse(Array("https://\(name.input)/x".utf8))
            let host = url?.hostBytes.text
            #expect(host == name.output, "\(name.input.debugDescription) \(name.comment ?? "")")
        }
        #expect(names.count > 20)
    }

    private struct MaybeName: Decodable {
        let name: Name?
        init(from decoder: any Decoder) throws { name = try? Name(from: decoder) }
    }
}

/// Vectors we do not meet, each with its reason: a file beside the tests, one JSON string a line, `#` begins a reason.
enum Exceptions {
    static func load(_ file: String) throws -> Set<String> {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: file)
        let lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n")
        return Set(
            try lines.filter { !$0.hasPrefix("#") }.map {
                try JSONDecoder().decode(String.self, from: Data($0.utf8))
            })
    }
}
