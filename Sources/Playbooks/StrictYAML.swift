// SPDX-License-Identifier: Apache-2.0

internal import Yams

/// One place in a YAML text, read strictly: what is not expected is an error with its line.
///
/// Aliases and anchors are refused when the text is composed: nothing here repeats itself, and a few lines of them can
/// stand for gigabytes.
struct StrictYAML {
    let file: String
    let node: Node
    /// What people call this place: `step 'messages'`.
    let place: String

    /// The one document in the text.
    static func compose(_ text: String, file: String) throws(PlaybookError) -> StrictYAML {
        let parser: Parser
        let root: Node?
        do {
            parser = try Parser(yaml: text, encoding: .utf8)
            root = try parser.singleRoot()
        } catch {
            throw yamlError(error, file: file)
        }
        guard let root else { throw PlaybookError(file: file, line: 1, "the file is empty, expected a playbook") }
        // A node holds its anchor weakly; the parser owns it.
        let anchored = withExtendedLifetime(parser) { anchoredNode(in: root) }
        if let anchored {
            throw PlaybookError(file: file, line: anchored.mark?.line ?? 0, "anchors and aliases are not allowed")
        }
        return StrictYAML(file: file, node: root, place: "the playbook")
    }

    private static func anchoredNode(in root: Node) -> Node? {
        // In the order of the text, so the anchor is met before the first alias could make this walk long.
        var open = [root]
        while let node = open.popLast() {
            if node.anchor != nil { return node }
            switch node {
            case .mapping(let mapping): for pair in mapping.reversed() { open += [pair.value, pair.key] }
            case .sequence(let sequence): open += sequence.reversed()
            case .scalar, .alias: break
            }
        }
        return nil
    }

    private static func yamlError(_ error: any Error, file: String) -> PlaybookError {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            PlaybookError(file: file, line: mark.line, "not YAML: \(problem)")
        case YamlError.duplicatedKeysInMapping(let duplicates, let context):
            PlaybookError(
                file: file, line: context.mark.line,
                "the key '\(duplicates.first ?? "")' stands here twice, expected each key once")
        default: PlaybookError(file: file, line: 0, "not YAML: \(error)")
        }
    }

    // MARK: Reading

    func fault(_ problem: String) -> PlaybookError {
        PlaybookError(file: file, line: node.mark?.line ?? 0, "\(place): \(problem)")
    }

    /// The members of a mapping that may have these keys only.
    func members(_ allowed: [String]) throws(PlaybookError) -> [String: StrictYAML] {
        guard case .mapping(let mapping) = node else { throw fault("expected a mapping, found \(found)") }
        var members: [String: StrictYAML] = [:]
        for (key, value) in mapping {
            guard case .scalar(let name) = key, allowed.contains(name.string) else {
                let keyPlace = StrictYAML(file: file, node: key, place: place)
                let list = allowed.isEmpty ? "no key" : "one of \(allowed.joined(separator: ", "))"
                throw keyPlace.fault("unknown key '\(key.string ?? "?")', expected \(list)")
            }
            // A value is blamed on the line of its key: a block's own mark stands below it.
            members[name.string] = StrictYAML(file: file, node: value, place: "\(place): '\(name.string)'")
        }
        return members
    }

    var isList: Bool { node.sequence != nil }

    /// The elements of a list.
    func list(_ what: String, atMost limit: Int) throws(PlaybookError) -> [StrictYAML] {
        guard case .sequence(let sequence) = node else { throw fault("expected a list of \(what), found \(found)") }
        guard !sequence.isEmpty else { throw fault("expected at least one of \(what)") }
        guard sequence.count <= limit else {
            throw fault("expected at most \(limit) of \(what), found \(sequence.count)")
        }
        return sequence.map { StrictYAML(file: file, node: $0, place: place) }
    }

    /// Text that is not empty.
    func text(atMost limit: Int) throws(PlaybookError) -> String {
        guard case .scalar(let scalar) = node else { throw fault("expected text, found \(found)") }
        let text = scalar.string
        let count = text.unicodeScalars.count
        guard count > 0, node.tag.description != "tag:yaml.org,2002:null" else {
            throw fault("expected text, found nothing")
        }
        guard count <= limit else { throw fault("expected at most \(limit) characters, found \(count)") }
        return text
    }

    /// A whole number within the range.
    func number(in range: ClosedRange<Int64>) throws(PlaybookError) -> Int64 {
        guard case .scalar(let scalar) = node, let number = Int64(scalar.string), range.contains(number) else {
            throw fault("expected a number from \(range.lowerBound) to \(range.upperBound), found \(found)")
        }
        return number
    }

    /// One of the values of an enumeration, by its name.
    func choice<Choice: RawRepresentable<String>>(
        _ what: String, among choices: [Choice]
    ) throws(PlaybookError) -> Choice {
        let name = try text(atMost: PlaybookLimits.title)
        guard let choice = choices.first(where: { $0.rawValue == name }) else {
            throw fault("unknown \(what) '\(name)', expected one of \(choices.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    private var found: String {
        switch node {
        case .scalar(let scalar): "'\(scalar.string.prefix(80))'"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
