// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Inspection
import LinkTokens
import MIME
import Mail
import Records
import Testing
import URLSyntax

/// Messages from outside, where they are at hand.
private enum Corpus {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/corpus/mail").standardizedFileURL

    static var isPresent: Bool { FileManager.default.fileExists(atPath: folder.path) }

    /// All fixtures, and every fifth message of the big archives.
    static func messages() throws -> [(name: String, bytes: [UInt8])] {
        var messages = try files(below: folder.appending(path: "fixtures"), each: 1)
        for archive in ["phishing_pot-dev", "spamassassin-corpus-dev"] {
            let unpacked = try unpack(folder.appending(path: "\(archive).tar.xz"))
            defer { try? FileManager.default.removeItem(at: unpacked) }
            messages += try files(below: unpacked, each: 5)
        }
        return messages
    }

    private static func files(below folder: URL, each step: Int) throws -> [(name: String, bytes: [UInt8])] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        return stride(from: 0, to: names.count, by: step).compactMap { index in
            // A folder cannot be read as a file and is left out.
            (try? Data(contentsOf: folder.appending(path: names[index]))).map {
                (names[index], asTransported([UInt8]($0)))
            }
        }
    }

    /// The message as an MTA hands it over: without the mbox line, with CR LF and an empty line behind the header section.
    private static func asTransported(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + bytes.count / 32)
        let isMailbox = bytes.starts(with: Array("From ".utf8))
        for byte in isMailbox ? bytes.drop(while: { $0 != .lineFeed }).dropFirst() : bytes[...] {
            if byte == .lineFeed, out.last != .carriageReturn { out.append(.carriageReturn) }
            out.append(byte)
        }
        if let header = try? EntityTree.header(of: out), !header.hasEmptyLine {
            out.insert(contentsOf: [.carriageReturn, .lineFeed], at: header.contentStart)
        }
        return out
    }

    private static func unpack(_ archive: URL) throws -> URL {
        let place = FileManager.default.temporaryDirectory.appending(path: "rearguard-corpus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let tar = Process()
        tar.executableURL = URL(filePath: "/usr/bin/env")
        tar.arguments = ["tar", "-xJf", archive.path, "-C", place.path]
        try tar.run()
        tar.waitUntilExit()
        #expect(tar.terminationStatus == 0, "tar cannot unpack \(archive.lastPathComponent)")
        return place
    }
}

@Suite(.enabled(if: Corpus.isPresent, "../shared/corpus/mail is not here"))
struct CorpusTests {
    @Test func `in monitor mode no body and no field of any message changes`() throws {
        for (name, bytes) in try Corpus.messages() {
            let delivered = try Site.inspect(bytes, policy: Policy(mode: .monitor))
            #expect(!delivered.replacesBody, "\(name)")
            let changed = delivered.modifications.contains {
                if case .changeField(let field, _, _) = $0 { field != .stamp } else { false }
            }
            #expect(!changed, "\(name)")
        }
    }

    @Test func `every rewritten link of every message leads to the recorded URL, and no other part changes`() throws {
        var rewritten = 0
        var refused = 0
        for (name, bytes) in try Corpus.messages() {
            let delivered = try Site.inspect(bytes)
            rewritten += delivered.record.links.filter(\.rewritten).count
            #expect(delivered.record.reason?.contains("fault") != true, "\(name)")
            guard delivered.disposition == .accept else {
                refused += 1
                continue
            }
            try checkLinks(delivered, name)
            if delivered.record.ambiguities == nil { try checkParts(of: bytes, delivered, name) }
        }
        // Real mail is next to never held; messages whose lines end with a bare CR are.
        #expect(refused <= 25)
        // Less would mean that the corpus was not read.
        #expect(rewritten > 5_000)
    }

    @Test func `inspecting any delivered message again rewrites nothing`() throws {
        for (name, bytes) in try Corpus.messages() {
            let first = try Site.inspect(bytes)
            let again = try Site.inspect(first.bytes)
            #expect(again.record.links.filter(\.rewritten).map(\.url) == [], "\(name)")
            #expect(!again.replacesBody, "\(name)")
        }
    }

    private func checkLinks(_ delivered: Delivered, _ name: String) throws {
        let links = delivered.record.links.filter(\.rewritten)
        let found = try wrappedLinks(in: delivered.bytes).filter { $0.token.reference == Site.reference }
        #expect(found.map(\.token.ordinal).sorted() == links.map(\.ordinal), "\(name)")
        let recorded = Dictionary(uniqueKeysWithValues: links.map { ($0.ordinal, $0.url) })
        for link in found {
            let target = try? WebURL.parse(link.token.target).serialized.text
            #expect(target == recorded[link.token.ordinal], "\(name) \(link.token.ordinal)")
        }
    }

    /// Parts without a rewritten link keep their bytes, header section included; lines over 998 are never new.
    private func checkParts(of bytes: [UInt8], _ delivered: Delivered, _ name: String) throws {
        let before = try EntityTree.parse(bytes)
        let after = try EntityTree.parse(delivered.bytes)
        guard before.entities.count == after.entities.count else {
            Issue.record("\(name): other parts than before")
            return
        }
        let changed = Set(delivered.record.links.filter(\.rewritten).map(\.part))
        for (old, new) in zip(before.entities, after.entities) where old.structure == .leaf {
            if old.parent != nil, !changed.contains(old.part) {
                #expect(before.bytes[old.header.range] == after.bytes[new.header.range], "\(name) \(old.part)")
                #expect(before.bytes[old.content] == after.bytes[new.content], "\(name) \(old.part)")
            }
            if longestLine(before.bytes[old.content]) <= 998 {
                #expect(longestLine(after.bytes[new.content]) <= 998, "\(name) \(old.part)")
            }
        }
    }

    private func longestLine(_ text: ArraySlice<UInt8>) -> Int {
        text.split(separator: .lineFeed).map { $0.last == .carriageReturn ? $0.count - 1 : $0.count }.max() ?? 0
    }
}
