// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import Foundation

/// A site's own hash signatures for clamd (`*.hdb`, `*.hsb`: digest, size, name), each a part of the signatures.
///
/// What such a signature touches can be told without reading an object, so a change of one asks for few of them. Bodies of
/// other signatures say little about whole files: clamd normalises texts and unpacks programs before it looks.
struct ClamdHashes: Hashable, Sendable {
    /// A signature's name as clamd reports it, and the digests of the files it stands for.
    private(set) var digests: [String: Set<String>] = [:]
    /// Files that were read as such, by name.
    private(set) var files: Set<String> = []

    /// Signatures told apart: beyond it a change asks for everything, for all of them stand in one row of the store.
    private static let limit = 10_000
    /// Bytes of one file.
    private static let sizeLimit = 4 * 1_024 * 1_024
    private static let endings = [".hdb", ".hsb"]
    /// What clamd appends to names from files without ClamAV's own signature.
    private static let suffix = ".UNOFFICIAL"

    /// `names`: the files of the folder.
    init(_ folder: URL, names: some Sequence<String>) {
        for name in names.sorted() where Self.endings.contains(where: name.hasSuffix) {
            guard let data = try? Data(contentsOf: folder.appending(path: name)), data.count <= Self.sizeLimit,
                let found = Self.signatures(in: Array(data)), digests.count + found.count <= Self.limit
            else { continue }
            files.insert(name)
            for (signature, digest) in found { digests[signature, default: []].insert(digest) }
        }
    }

    /// Names and digests; nil when a line is not of this form, for clamd may make something of it.
    static func signatures(in text: [UInt8]) -> [(name: String, digest: String)]? {
        var found: [(String, String)] = []
        for line in text.split(whereSeparator: { $0 == .lineFeed || $0 == .carriageReturn }) where line.first != 0x23 {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count >= 3, [32, 40, 64].contains(fields[0].count), fields[0].allSatisfy(\.isASCIIHexDigit),
                !fields[2].isEmpty
            else { return nil }
            found.append((Array(fields[2]).text + suffix, fields[0].lowercased.text))
        }
        return found
    }

    /// The signatures as parts, each with the digest of what it says.
    var parts: [String: String] {
        digests.mapValues { digests in
            Hex.encode(SHA256.digest(Array(digests.sorted().joined(separator: "\n").utf8)).prefix(8)).text
        }
    }

    /// The digests of files that any of the parts stands for.
    func digests(of parts: [String]) -> Set<String> { parts.reduce(into: []) { $0.formUnion(digests[$1] ?? []) } }
}
