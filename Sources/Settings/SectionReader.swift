// SPDX-License-Identifier: Apache-2.0

import Yams

/// A part of the configuration tree that is made from its declared options.
protocol SettingsSection: Sendable {
    /// The key of the section in the one above.
    static var name: String { get }
    /// In the order of the shipped file.
    static var options: [any DeclaredOption] { get }
    /// Sections inside this one, after its options.
    static var sections: [any SettingsSection.Type] { get }

    init(_ section: inout SectionReader) throws(ConfigurationError)
}

extension SettingsSection {
    static var sections: [any SettingsSection.Type] { [] }
}

/// Reads one section strictly and writes down what is in force.
struct SectionReader {
    /// The configuration in force, line by line.
    private(set) var effective: [String] = []

    private let file: String
    /// The keys above, as in `milter.limits`; empty for the root.
    private let path: [String]
    /// Where the section stands; 1 when it does not.
    private let line: Int
    private var entries: [String: Entry] = [:]
    private var overrides: [Override] = []

    static func root(
        _ node: Node?, sections: [any SettingsSection.Type], file: String, overrides: [Override]
    ) throws(ConfigurationError) -> SectionReader {
        let entry = node.map { Entry(file: file, key: "", line: $0.mark?.line ?? 1, node: $0) }
        var reader = try SectionReader(entry, file: file, path: [], known: sections.map { $0.name })
        reader.overrides = overrides
        return reader
    }

    /// One element of a list, read like a section.
    init(item entry: Entry, options: [any DeclaredOption]) throws(ConfigurationError) {
        try self.init(entry, file: entry.file, path: [entry.key], known: options.map(\.key))
    }

    /// A section that is missing, or has nothing but comments in it, has its defaults.
    private init(_ entry: Entry?, file: String, path: [String], known: [String]) throws(ConfigurationError) {
        self.file = file
        self.path = path
        line = entry?.line ?? 1
        guard let entry, !Entry.isNothing(entry.node) else { return }
        guard case .mapping(let mapping) = entry.node else {
            guard path.isEmpty else { throw entry.fault(expected: "a section (keys and values below it)") }
            throw ConfigurationError(file: file, line: line, "expected sections, found \(entry.found)")
        }
        for (key, value) in mapping {
            let name = key.string ?? "?"
            let place = ConfigurationError.key(path, YAMLScalar.printable(name))
            let line = key.mark?.line ?? line
            guard known.contains(name) else {
                throw ConfigurationError(
                    file: file, line: line, key: place, UnknownKey.problem(name, known: known, path: path))
            }
            entries[name] = Entry(file: file, key: place, line: line, node: value)
        }
    }

    /// The option's value: what the file says, else the default.
    mutating func value<Value>(_ option: Option<Value>) throws(ConfigurationError) -> Value {
        let value = try option.kind.read(try entry(option, option.kind.expected))
        effective.append("\(indentation)\(option.key): \(option.kind.print(value))")
        return value
    }

    /// The option's value where it is set, else another one, which then is not written down.
    mutating func value<Value>(
        _ option: Option<Value>, otherwise other: Value
    ) throws(ConfigurationError) -> Value {
        entries[option.key] == nil ? other : try value(option)
    }

    private func entry(_ option: any DeclaredOption, _ expected: String) throws(ConfigurationError) -> Entry {
        let key = ConfigurationError.key(path, option.key)
        if let override = overrides.last(where: { $0.key == key }) { return override.entry }
        if let entry = entries[option.key] { return entry }
        guard case .text(let text) = option.fallback,
            let node = try ConfigurationFile.nodes(of: Array(text.utf8), file: key)
        else {
            throw ConfigurationError(file: file, line: line, key: key, "expected \(expected), found nothing")
        }
        return Entry(file: file, key: key, line: line, node: node)
    }

    /// The section inside this one.
    mutating func section<Section: SettingsSection>(_ type: Section.Type) throws(ConfigurationError) -> Section {
        var reader = try SectionReader(
            entries[type.name], file: file, path: path + [type.name],
            known: type.options.map(\.key) + type.sections.map { $0.name })
        reader.overrides = overrides
        let section = try Section(&reader)
        effective.append("\(indentation)\(type.name):")
        effective += reader.effective
        return section
    }

    private var indentation: String { String(repeating: "  ", count: path.count) }
}

extension ConfigurationError {
    /// The key as messages name it.
    fileprivate static func key(_ path: [String], _ name: String) -> String {
        (path + [name]).joined(separator: ".")
    }
}

// MARK: - The declared tree

extension Configuration {
    /// Every option by its full key, in the order of the shipped file.
    static var declaredOptions: [(key: String, fallback: Fallback)] {
        sections.flatMap { options(of: $0, above: []) }
    }

    /// The declared tree is three levels deep; this does not follow input.
    private static func options(
        of section: any SettingsSection.Type, above: [String]
    ) -> [(key: String, fallback: Fallback)] {
        let path = above + [section.name]
        return section.options.map { (ConfigurationError.key(path, $0.key), $0.fallback) }
            + section.sections.flatMap { options(of: $0, above: path) }
    }
}
