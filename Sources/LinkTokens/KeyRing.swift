// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import FoundationEssentials

/// The keys of a site: the current one signs, any of them verifies.
///
/// The file has one key a line, `<id> <state> <day it was made> <secret in 64 hexadecimal digits>`; the day may be left
/// out, `#` begins a comment. Text, so that an administrator can read, merge and move it: the links in delivered mail live
/// as long as these lines do.
package struct KeyRing: Sendable {
    /// Bytes of a key file: 255 keys with comments fit, a log file given by mistake does not.
    private static let fileSizeLimit = 64 * 1_024

    package let current: LinkKey
    /// By id; place 0 stays empty.
    private let byID: [LinkKey?]

    /// Reads the key file.
    package static func load(path: String) throws(KeyRingError) -> KeyRing {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw KeyRingError(file: path, problem: .unreadable(reason(error)))
        }
        guard data.count <= fileSizeLimit else {
            throw KeyRingError(file: path, problem: .tooBig(size: data.count, limit: fileSizeLimit))
        }
        return try KeyRing(text: Array(data), name: path)
    }

    /// Reads the text of a key file; `name` stands in errors.
    package init(text: [UInt8], name: String) throws(KeyRingError) {
        var byID = [LinkKey?](repeating: nil, count: 256)
        var current: LinkKey?
        let lines = text.split(separator: .lineFeed, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            do throws(KeyRingError.Problem) {
                guard let key = try LinkKey(line: line) else { continue }
                guard byID[Int(key.id)] == nil else { throw .repeated(id: key.id) }
                byID[Int(key.id)] = key
                guard key.state == .current else { continue }
                if let current { throw .secondCurrent(id: key.id, first: current.id) }
                current = key
            } catch {
                throw KeyRingError(file: name, line: index + 1, problem: error)
            }
        }
        guard let current else { throw KeyRingError(file: name, problem: .noCurrent) }
        self.current = current
        self.byID = byID
    }

    /// The key with the id, in whatever state.
    package func key(_ id: UInt8) -> LinkKey? { byID[Int(id)] }

    /// Every key, by id.
    package var all: [LinkKey] { byID.compactMap(\.self) }

    /// The text of a new key file with one new key, made at that time (milliseconds since 1970, UTC).
    ///
    /// The file it goes to must be readable by the milter and the redirector only.
    package static func newFileText(at milliseconds: Int64) -> [UInt8] {
        let created = CalendarDay(at: milliseconds).text
        let secret = Hex.encode(SecureRandom.bytes(LinkKey.secretSize)).text
        return Array(
            """
            # Rearguard link keys, one a line: id (1 to 255), state, day it was made, secret.
            # current signs new links (exactly one); next is known to all hosts and signs nothing yet; retired verifies
            # the links it signed; revoked got into wrong hands, its links are warned about. "rearguard keys rotate" makes
            # a new key and lets it sign. Links in delivered mail work as long as their key stands here: keep this file
            # secret, and keep a copy.
            1 current \(created) \(secret)

            """.utf8)
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile: "no such file"
        case .fileReadNoPermission: "permission denied"
        default: "\(error)"
        }
    }
}

extension LinkKey {
    /// The key on a line; nil for an empty line or a comment.
    fileprivate init?(line: ArraySlice<UInt8>) throws(KeyRingError.Problem) {
        let text = line.prefix { $0 != UInt8(ascii: "#") }
        var words = text.split { $0 == .space || $0 == .tab || $0 == .carriageReturn }
        guard !words.isEmpty else { return nil }
        guard words.count == 3 || words.count == 4 else { throw .words(words.count) }
        guard let id = UInt8(words[0].text), id > 0 else { throw .id(words[0].text) }
        guard let state = State(rawValue: words[1].text) else { throw .state(words[1].text) }
        let created = words.count == 4 ? words.remove(at: 2) : nil
        if let created, CalendarDay(created) == nil { throw .day(created.text) }
        guard let secret = Hex.decode(words[2]), secret.count == Self.secretSize else {
            throw .secret(size: words[2].count)
        }
        self.init(id: id, state: state, created: created?.text, secret: secret)
    }
}
