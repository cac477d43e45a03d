// SPDX-License-Identifier: Apache-2.0

import Yams

/// One option: its key in its section, what it takes, and what holds when nobody sets it.
struct Option<Value: Sendable>: DeclaredOption {
    let key: String
    let fallback: Fallback
    let kind: ValueKind<Value>

    /// An option with a default, given as the text that stands in the file.
    init(_ key: String, default text: String, _ kind: ValueKind<Value>) {
        self.key = key
        fallback = .text(text)
        self.kind = kind
    }

    /// An option that every site must set; the example stands in the shipped file.
    init(_ key: String, example: String, _ kind: ValueKind<Value>) {
        self.key = key
        fallback = .required(example: example)
        self.kind = kind
    }
}

/// What is known of an option without its type.
protocol DeclaredOption: Sendable {
    var key: String { get }
    var fallback: Fallback { get }
}

/// What holds when an option is not set.
enum Fallback: Hashable, Sendable {
    /// This value, as YAML.
    case text(String)
    /// The start is refused.
    case required(example: String)
}

/// A kind of value: how it is read, how it is printed, what to say when it is wrong.
struct ValueKind<Value: Sendable>: Sendable {
    /// As in "expected …".
    let expected: String
    let read: @Sendable (Entry) throws(ConfigurationError) -> Value
    /// As YAML in one line.
    let print: @Sendable (Value) -> String

    init(
        expected: String, print: @escaping @Sendable (Value) -> String,
        read: @escaping @Sendable (Entry) throws(ConfigurationError) -> Value
    ) {
        self.expected = expected
        self.read = read
        self.print = print
    }

    /// A kind that is one scalar; `parse` gives nil for a bad one.
    init(
        _ expected: String, print: @escaping @Sendable (Value) -> String,
        parse: @escaping @Sendable (String) -> Value?
    ) {
        self.init(expected: expected, print: { YAMLScalar.plain(print($0)) }) { entry throws(ConfigurationError) in
            guard let text = entry.text, let value = parse(text) else { throw entry.fault(expected: expected) }
            return value
        }
    }
}

/// What stands behind a key, and where.
struct Entry {
    let file: String
    let key: String
    /// Of the key: a block's own mark stands below it; 0 for what a command line says.
    let line: Int
    let node: Node

    /// The text of a scalar; nil for a list, a mapping, or nothing at all.
    var text: String? {
        guard case .scalar(let scalar) = node, !Self.isNothing(node) else { return nil }
        return scalar.string
    }

    static func isNothing(_ node: Node) -> Bool { node.tag == Tag(.null) }

    func fault(expected: String) -> ConfigurationError {
        ConfigurationError(file: file, line: line > 0 ? line : nil, key: key, "expected \(expected), found \(found)")
    }

    var found: String {
        switch node {
        case _ where Self.isNothing(node): "nothing"
        case .scalar(let scalar): "'\(YAMLScalar.printable(scalar.string))'"
        case .mapping: "a section"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
