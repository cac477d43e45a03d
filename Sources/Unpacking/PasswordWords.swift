// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Words of a message that may be the password of its attachment.
///
/// "The password is 1234": a locked archive whose key lies beside it is locked for scanners alone. Taken are the words
/// around one that means password, nearest first, and everything in quotes near it.
package struct PasswordWords: Hashable, Sendable {
    /// In the order in which they are to be tried, each once.
    package private(set) var words: [[UInt8]] = []

    /// Words kept: every one costs a try on every locked container.
    private static let limit = 32
    /// Words behind the mark that are taken, and before it.
    private static let (after, before) = (8, 2)
    /// Bytes of text looked at, marks looked at, and bytes of a word.
    private static let (textSize, marks, wordSize) = (256 * 1_024, 16, 64)
    /// Words looked at.
    private static let tokenLimit = 100_000

    package init() {}

    /// Adds the words of a text: UTF-8, with no markup.
    package mutating func add(text: [UInt8]) {
        let tokens = Self.tokens(of: text.prefix(Self.textSize))
        var marks = 0
        for index in tokens.indices where Self.isMark(tokens[index]) {
            guard marks < Self.marks, words.count < Self.limit else { return }
            marks += 1
            let behind = index + 1..<min(tokens.count, index + 1 + Self.after)
            for token in tokens[behind] { add(token) }
            for token in tokens[max(0, index - Self.before)..<index].reversed() { add(token) }
        }
    }

    /// A word as it stands, and without what punctuation clings to it.
    private mutating func add(_ token: ArraySlice<UInt8>) {
        let bare = token.trimmingPunctuation
        for word in [bare, token] where !word.isEmpty && !Self.isFiller(word) {
            let word = Array(word)
            if words.count < Self.limit, !words.contains(word) { words.append(word) }
        }
    }

    /// The words between white space, those too long for a password left out.
    private static func tokens(of text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        // U+00A0 and the line separators are left: they are rare, and a try with one too many costs nothing.
        var tokens: [ArraySlice<UInt8>] = []
        var start = text.startIndex
        while start < text.endIndex, tokens.count < tokenLimit {
            var end = start
            var colon: Int?
            while end < text.endIndex, text[end] > 0x20 {
                if colon == nil, text[end] == 0x3A || text[end] == 0x3D { colon = end }
                end += 1
            }
            if end > start, end - start <= wordSize {
                // `password:1234` is two words.
                let head = colon.map { $0 + 1 } ?? end
                tokens.append(text[start..<head])
                if head < end { tokens.append(text[head..<end]) }
            }
            start = end + 1
        }
        return tokens
    }

    /// "Password" in the languages of most such mail, by the beginning of the word.
    private static let markStarts: [[UInt8]] = [
        "password", "passwort", "passwd", "passcode", "passphrase", "kennwort", "pwd", "pw", "pin", "contrase", "clave",
        "mot", "senha", "wachtwoord", "lösenord", "losenord", "hasło", "haslo", "heslo", "парол", "пароль", "parola",
        "密码",
        "密碼", "パスワード", "비밀번호", "code", "key",
    ].map { Array($0.utf8) }

    /// Whether a word may be a mark that begins with the byte: most do not.
    private static let mayStartMark: [Bool] = {
        var table = [Bool](repeating: false, count: 256)
        for byte in markStarts.compactMap(\.first) { table[Int(byte)] = true }
        return table
    }()

    private static func isMark(_ token: ArraySlice<UInt8>) -> Bool {
        let bare = token.trimmingPunctuation
        guard let first = bare.first, mayStartMark[Int(first.lowercased)] else { return false }
        let word = bare.lowercased
        return markStarts.contains { word.starts(with: $0) && word.count <= $0.count + 6 }
    }

    /// Words that only lead to the password.
    private static let fillers: Set<[UInt8]> = Set(
        [
            "is", "the", "for", "to", "archive", "file", "open", "attachment", "your", "a", "an", "ist", "das", "de",
            "of",
        ]
        .map { Array($0.utf8) })

    private static func isFiller(_ word: ArraySlice<UInt8>) -> Bool { fillers.contains(word.lowercased) }
}

extension ArraySlice<UInt8> {
    /// Without quotes, brackets, commas and the like on both sides.
    fileprivate var trimmingPunctuation: ArraySlice<UInt8> {
        var word = self
        while let last = word.last, Self.isPunctuation(last) { word.removeLast() }
        return word.drop(while: Self.isPunctuation)
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x22, 0x27, 0x28, 0x29, 0x2C, 0x2E, 0x3A, 0x3B, 0x3C, 0x3E, 0x5B, 0x5D, 0x60, 0x7B, 0x7D, 0x2A: true
        default: false
        }
    }
}
