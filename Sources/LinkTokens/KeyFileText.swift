// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography

/// The text of a key file, changed key by key.
///
/// Every other line, and every comment, stays as it is: the file is the administrator's.
package struct KeyFileText: Sendable {
    private var lines: [[UInt8]]
    private let name: String
    /// The keys as the text has them now.
    package private(set) var keys: KeyRing

    /// Reads the text of a key file; `name` stands in errors.
    package init(_ text: [UInt8], name: String) throws(KeyRingError) {
        keys = try KeyRing(text: text, name: name)
        self.name = name
        lines = text.split(separator: .lineFeed, omittingEmptySubsequences: false).map { Array($0) }
        if lines.last?.isEmpty == true { lines.removeLast() }
    }

    package var bytes: [UInt8] { Array(lines.joined(separator: [.lineFeed])) + [.lineFeed] }

    /// Adds a key that signs nothing yet, or gives the one there is; nil when all 255 numbers are taken.
    package mutating func prepareNext(at milliseconds: Int64) throws(KeyRingError) -> UInt8? {
        if let next = keys.all.first(where: { $0.state == .next }) { return next.id }
        guard let id = freeID else { return nil }
        let secret = Hex.encode(SecureRandom.bytes(LinkKey.secretSize)).text
        lines.append(Array("\(id) next \(CalendarDay(at: milliseconds).text) \(secret)".utf8))
        try check()
        return id
    }

    /// Makes the prepared key the current one; the old one becomes `oldState`.
    ///
    /// Nil when none is prepared.
    package mutating func promoteNext(leaving oldState: LinkKey.State = .retired) throws(KeyRingError) -> UInt8? {
        guard let next = keys.all.first(where: { $0.state == .next }) else { return nil }
        set(oldState, of: keys.current.id)
        set(.current, of: next.id)
        try check()
        return next.id
    }

    /// Gives a key that is not the current one another state; false when there is no such key, or it is the current one.
    package mutating func mark(_ id: UInt8, as state: LinkKey.State) throws(KeyRingError) -> Bool {
        guard let key = keys.key(id), key.state != .current, state != .current else { return false }
        set(state, of: id)
        try check()
        return true
    }

    /// One above the highest, so that a number is not given twice while there are others.
    private var freeID: UInt8? {
        let highest = keys.all.last?.id ?? 0
        if highest < .max { return highest + 1 }
        return (1...UInt8.max).first { keys.key($0) == nil }
    }

    private mutating func set(_ state: LinkKey.State, of id: UInt8) {
        for index in lines.indices {
            let words = lines[index].split(maxSplits: 2) { $0 == .space || $0 == .tab }
            guard words.count == 3, UInt8(words[0].text) == id else { continue }
            lines[index].replaceSubrange(words[1].indices, with: state.rawValue.utf8)
            return
        }
    }

    private mutating func check() throws(KeyRingError) {
        keys = try KeyRing(text: bytes, name: name)
    }
}
