// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Makes objects of JSON tokens: each object, when it ends, with those of its own members that are wanted.
///
/// A dump of a million objects costs the memory of the few that are open; what is not wanted is not kept.
struct JSONObjects {
    /// One object that has ended.
    struct Object {
        /// How many arrays and objects are around it.
        let depth: Int
        /// The key that it, or the array it stands in, has in the object around it.
        let key: [UInt8]
        fileprivate(set) var members: [String: [UInt8]] = [:]
        /// A wanted member was too long to be kept.
        fileprivate(set) var isCut = false

        /// A member's text, or a number or word as it is written; of an array its strings, each with a line end behind it.
        func text(_ name: String) -> String? { members[name].map(\.text) }
        func number(_ name: String) -> Int? { text(name).flatMap { Int($0) } }
        func isTrue(_ name: String) -> Bool { ["true", "1"].contains(text(name)) }
        func list(_ name: String) -> [String] { (text(name) ?? "").split(separator: "\n").map(String.init) }
    }

    /// Wanted members of one object in all, bytes.
    private static let sizeLimit = 256 * 1_024

    private enum Level {
        case object(Object, size: Int)
        case array(key: [UInt8])
    }

    private let wanted: Set<String>
    private var tokens = JSONTokens()
    private var levels: [Level] = []
    private var key: [UInt8] = []

    /// Where we are, for messages.
    var offset: Int { tokens.offset }

    init(wanting wanted: Set<String>) {
        self.wanted = wanted
    }

    /// Gives each object that ends here, and each string that is an element of an array, with the array's key.
    mutating func read(
        _ bytes: Span<UInt8>, object: (Object) -> Void, element: ([UInt8], [UInt8]) -> Void = { _, _ in }
    ) throws(FeedFault) {
        var (levels, key) = (levels, key)
        try tokens.read(bytes) { Self.take($0, wanted, &levels, &key, object, element) }
        (self.levels, self.key) = (levels, key)
    }

    mutating func end() throws(FeedFault) {
        try tokens.end { _ in }
    }

    private static func take(
        _ token: JSONTokens.Token, _ wanted: Set<String>, _ levels: inout [Level], _ key: inout [UInt8],
        _ object: (Object) -> Void, _ element: ([UInt8], [UInt8]) -> Void
    ) {
        switch token {
        case .key(let name): key = name
        case .beginObject:
            levels.append(.object(Object(depth: levels.count, key: name(in: levels, key)), size: 0))
        case .beginArray: levels.append(.array(key: name(in: levels, key)))
        case .endArray: levels.removeLast()
        case .endObject:
            if case .object(let ended, _)? = levels.popLast() { object(ended) }
        case .string(let text): put(text, &levels, key, wanted, element)
        case .number(let text): put(text, &levels, key, wanted) { _, _ in }
        case .bool(let value): put(Array((value ? "true" : "false").utf8), &levels, key, wanted) { _, _ in }
        case .null: break
        case .longString: put(nil, &levels, key, wanted, element)
        }
    }

    private static func name(in levels: [Level], _ key: [UInt8]) -> [UInt8] {
        if case .array(let key)? = levels.last { return key }
        return key
    }

    private static func put(
        _ text: [UInt8]?, _ levels: inout [Level], _ key: [UInt8], _ wanted: Set<String>,
        _ element: ([UInt8], [UInt8]) -> Void
    ) {
        switch levels.last {
        case .object: put(text, inObject: levels.count - 1, &levels, key, wanted) { $0 = $1 }
        case .array(let name):
            if let text { element(name, text) }
            put(text, inObject: levels.count - 2, &levels, name, wanted) { $0 = ($0 ?? []) + $1 + [.lineFeed] }
        case nil: break
        }
    }

    private static func put(
        _ text: [UInt8]?, inObject index: Int, _ levels: inout [Level], _ key: [UInt8], _ wanted: Set<String>,
        _ change: (inout [UInt8]?, [UInt8]) -> Void
    ) {
        guard levels.indices.contains(index), case .object(var object, let size) = levels[index],
            wanted.contains(key.text)
        else { return }
        if let text, size + text.count <= sizeLimit {
            change(&object.members[key.text], text)
            levels[index] = .object(object, size: size + text.count + 1)
        } else {
            object.isCut = true
            levels[index] = .object(object, size: size)
        }
    }
}
