// SPDX-License-Identifier: Apache-2.0

import Yams

/// YAML text into nodes, without what a configuration has no use for.
///
/// Anchors and aliases are refused: nothing here repeats itself, and ten lines of them can stand for gigabytes. Nesting
/// ends at a thousand levels inside libyaml, long before the stack does.
enum YAMLText {
    /// The one document in the text; nil when there is nothing in it.
    static func compose(_ bytes: [UInt8], file: String) throws(ConfigurationError) -> Node? {
        guard bytes.count <= ConfigurationFile.sizeLimit else {
            let limit = ConfigurationFile.sizeLimit
            throw ConfigurationError(file: file, "expected at most \(limit) bytes, found \(bytes.count)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(file: file, "expected UTF-8 text, found other bytes")
        }
        let parser: Parser
        let root: Node?
        do {
            parser = try Parser(yaml: text, encoding: .utf8)
            root = try parser.singleRoot()
        } catch {
            throw fault(error, file: file)
        }
        // A node holds its anchor weakly; the parser owns it.
        let line = withExtendedLifetime(parser) { root.flatMap(anchorLine) }
        if let line { throw ConfigurationError(file: file, line: line, "expected no anchors or aliases, found one") }
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

    private static func fault(_ error: any Error, file: String) -> ConfigurationError {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            ConfigurationError(file: file, line: mark.line, "not YAML: \(printable(problem))")
        case YamlError.duplicatedKeysInMapping(let duplicates, let context):
            ConfigurationError(
                file: file, line: context.mark.line, key: printable(duplicates.first ?? "?"),
                "expected once in its section, found again further down")
        default: ConfigurationError(file: file, "not YAML: \(printable("\(error)"))")
        }
    }

    // MARK: - Printing

    /// A text as a YAML scalar in one line: as it stands where that is safe, else in double quotes.
    static func scalar(_ text: String) -> String {
        guard needsQuotes(text) else { return text }
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case _ where scalar.properties.generalCategory == .control || scalar.value > 0x7E:
                out += scalar.value > 0xFFFF ? "\\U" + hex(scalar.value, 8) : "\\u" + hex(scalar.value, 4)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    /// The same within `[…]` and `{…}`, where more characters mean something.
    static func flowScalar(_ text: String) -> String {
        let plain = scalar(text)
        return plain.contains(":") && plain == text ? "\"\(text)\"" : plain
    }

    private static func needsQuotes(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last else { return true }
        let isPlain = text.utf8.allSatisfy { isAlphanumeric($0) || " _./@+-:".utf8.contains($0) }
        let isNull = ["null", "Null", "NULL"].contains(text)
        return !isPlain || isNull || !(isAlphanumeric(first) || first == UInt8(ascii: "/"))
            || !(isAlphanumeric(last) || last == UInt8(ascii: "/")) || text.contains(": ")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10
    }

    private static func hex(_ value: UInt32, _ digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// Somebody's text inside a message of ours: short, and on one line.
    static func printable(_ text: some StringProtocol) -> String {
        let limit = 80
        let scalars = text.unicodeScalars.prefix(limit).map { scalar in
            scalar.properties.generalCategory == .control ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        return scalars.joined() + (text.unicodeScalars.count > limit ? "…" : "")
    }
}
