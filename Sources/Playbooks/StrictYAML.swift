// SPDX-License-Identifier: Apache-2.0

import YAML
import Yams

/// One place in a YAML text, read strictly: what is not expected is an error with its line.
struct StrictYAML {
    let file: String
    let node: Node
    /// What people call this place: `step 'messages'`.
    let place: String

    /// The one document in the text.
    static func compose(_ text: String, file: String) throws(PlaybookError) -> StrictYAML {
        let root: Node?
        do {
            root = try YAMLText.compose(text)
        } catch {
            throw PlaybookError(error, file: file)
        }
        guard let root else { throw PlaybookError(file: file, line: 1, "the file is empty, expected a playbook") }
        return StrictYAML(file: file, node: root, place: "the playbook")
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
    var isMapping: Bool { node.mapping != nil }

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

extension PlaybookError {
    fileprivate init(_ fault: YAMLFault, file: String) {
        let problem =
            switch fault.problem {
            case .notYAML(let problem): "not YAML: \(problem)"
            case .anchor: "anchors and aliases are not allowed"
            case .repeatedKey(let key): "the key '\(key)' stands here twice, expected each key once"
            }
        self.init(file: file, line: fault.line, problem)
    }
}
