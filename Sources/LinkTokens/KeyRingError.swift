// SPDX-License-Identifier: Apache-2.0

/// Why a key file cannot be used, with its place.
///
/// Never says a secret, or what stands in a secret's place.
package struct KeyRingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package enum Problem: Error, Hashable, Sendable {
        case unreadable(String)
        case tooBig(size: Int, limit: Int)
        case noCurrent
        case secondCurrent(id: UInt8, first: UInt8)
        case repeated(id: UInt8)
        case words(Int)
        case id(String)
        case state(String)
        case day(String)
        case secret(size: Int)
    }

    package let file: String
    /// From 1; nil when it is about the whole file.
    package let line: Int?
    package let problem: Problem

    init(file: String, line: Int? = nil, problem: Problem) {
        self.file = file
        self.line = line
        self.problem = problem
    }

    package var description: String {
        "\(file):\(line.map { "\($0):" } ?? "") \(problem.text)"
    }
}

extension KeyRingError.Problem {
    /// A longer word may be a secret in the wrong column.
    private static let shownLimit = 16

    private static func shown(_ word: String) -> String {
        word.utf8.count <= shownLimit ? "'\(word)'" : "a word of \(word.utf8.count) bytes"
    }

    fileprivate var text: String {
        switch self {
        case .unreadable(let reason): "cannot read the key file: \(reason)"
        case .tooBig(let size, let limit): "expected a key file of at most \(limit) bytes, found \(size)"
        case .noCurrent: "expected one key with state 'current', found none"
        case .secondCurrent(let id, let first):
            "expected one key with state 'current', found a second one: key \(id), after key \(first)"
        case .repeated(let id): "key \(id) stands in the file twice"
        case .words(let count): "expected 'id state day secret', found \(count) word\(count == 1 ? "" : "s")"
        case .id(let found): "expected a key id from 1 to 255, found \(Self.shown(found))"
        case .state(let found):
            "expected a state of \(LinkKey.State.allCases.map(\.rawValue).joined(separator: ", ")), found \(Self.shown(found))"
        case .day(let found): "expected a day as YYYY-MM-DD, found \(Self.shown(found))"
        case .secret(let size):
            "expected a secret of \(2 * LinkKey.secretSize) hexadecimal digits, found \(size) characters that are not"
        }
    }
}
