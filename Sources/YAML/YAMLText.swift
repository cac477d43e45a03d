// SPDX-License-Identifier: Apache-2.0

// YAML: text that an administrator wrote in YAML, as nodes, without what such a text has no use for.
//
// Configuration and playbooks are read by the same rules: one document, each key once, no anchors and no aliases (nothing
// in them repeats itself, and ten lines of aliases can stand for gigabytes). What the nodes mean, and how a fault in them is
// worded, is the business of who asks. Road not taken: Yams' decoding into `Codable` types, which knows no line numbers
// and passes over keys that it does not know.

package import Yams

/// Why a text cannot be read as nodes.
package struct YAMLFault: Error, Hashable, Sendable {
    package enum Problem: Hashable, Sendable {
        /// The text is no YAML; what the parser says of it.
        case notYAML(String)
        /// A mapping has this key twice.
        case repeatedKey(String)
        /// An anchor stands here.
        case anchor
    }

    package let problem: Problem
    /// Counts from 1; 0 when it is not known.
    package let line: Int
}

package enum YAMLText {
    /// The one document in the text; nil when there is nothing in it.
    ///
    /// Nesting ends at a thousand levels inside libyaml, long before the stack does.
    package static func compose(_ text: String) throws(YAMLFault) -> Node? {
        let parser: Parser
        let root: Node?
        do {
            parser = try Parser(yaml: text, encoding: .utf8)
            root = try parser.singleRoot()
        } catch {
            throw YAMLFault(error)
        }
        // A node holds its anchor weakly; the parser owns it.
        let line = withExtendedLifetime(parser) { root.flatMap(anchorLine) }
        if let line { throw YAMLFault(problem: .anchor, line: line) }
        return root
    }

    /// In the order of the text, so that an anchor is met before the first alias could make the walk long.
    private static func anchorLine(in root: Node) -> Int? {
        var open = [root]
        while let node = open.popLast() {
            if node.anchor != nil { return node.mark?.line ?? 0 }
            switch node {
            case .mapping(let mapping): for pair in mapping.reversed() { open += [pair.value, pair.key] }
            case .sequence(let sequence): open += sequence.reversed()
            case .scalar, .alias: break
            }
        }
        return nil
    }
}

extension YAMLFault {
    /// What Yams threw.
    fileprivate init(_ error: any Error) {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            self.init(problem: .notYAML(problem), line: mark.line)
        case YamlError.duplicatedKeysInMapping(let duplicates, let context):
            self.init(problem: .repeatedKey(duplicates.first ?? "?"), line: context.mark.line)
        default: self.init(problem: .notYAML("\(error)"), line: 0)
        }
    }
}
