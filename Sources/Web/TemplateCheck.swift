// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Reads templates' tags before the engine does, for what the engine lets pass in silence: names that nobody fills in,
/// partials that are missing or contain themselves, and the forms of tags that pages here do not need.
struct TemplateCheck {
    private enum Tag {
        case name(String)
        case partial(String)
        case comment
        case other(String)
    }

    let directory: String
    let texts: [String: String]
    /// The templates there must be, with the names each may use.
    let pages: [String: Set<String>]

    func check() throws(PageTemplateError) {
        for (page, names) in pages.sorted(by: { $0.key < $1.key }) {
            var open = [page]
            var seen: Set<String> = [page]
            // Each template is read once for a page, so partials in a circle end here and are found below.
            while let template = open.popLast() {
                for partial in try partials(of: template, knownNames: names) where seen.insert(partial).inserted {
                    open.append(partial)
                }
            }
        }
        try checkCircles()
    }

    /// Checks one template and gives the partials it uses.
    private func partials(of template: String, knownNames: Set<String>) throws(PageTemplateError) -> [String] {
        guard let text = texts[template] else { throw error(template, nil, "there is no such page template") }
        var found: [String] = []
        for (tag, line) in tags(in: text) {
            switch tag {
            case .comment: break
            case .name(let name):
                guard name == "." || knownNames.contains(name) else {
                    let known = knownNames.sorted().joined(separator: ", ")
                    throw error(template, line, "unknown name '\(name)'; expected one of: \(known)")
                }
            case .partial(let name):
                guard texts[name] != nil else {
                    throw error(template, line, "there is no template '\(name)' beside this one")
                }
                found.append(name)
            case .other(let text): throw error(template, line, "tags of the form '{{\(text)}}' are not offered here")
            }
        }
        return found
    }

    /// A template that contains itself, directly or not, would never end.
    private func checkCircles() throws(PageTemplateError) {
        var uses: [String: Set<String>] = [:]
        for (name, text) in texts {
            uses[name] = Set(tags(in: text).compactMap { if case .partial(let used) = $0.tag { used } else { nil } })
        }
        // Take away templates that use no other until none is left; what stays is in a circle, or uses one.
        while let done = uses.first(where: { $0.value.isEmpty })?.key {
            uses[done] = nil
            for name in uses.keys { uses[name]?.remove(done) }
        }
        if let name = uses.filter({ $0.value.isSubset(of: uses.keys) }).keys.min() {
            throw error(name, nil, "this template contains itself by its partials")
        }
    }

    private func tags(in text: String) -> [(tag: Tag, line: Int)] {
        var found: [(Tag, Int)] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var rest = line
            while let start = rest.firstRange(of: "{{") {
                rest = rest[start.upperBound...]
                guard let end = rest.firstRange(of: "}}") else { break }
                found.append((Self.tag(rest[..<end.lowerBound]), index + 1))
                rest = rest[end.upperBound...]
            }
        }
        return found
    }

    private static func tag(_ text: Substring) -> Tag {
        let name = trim(text.dropFirst())
        return switch text.first {
        case "!": .comment
        case "#", "^", "/": isPlain(name) ? .name(name) : .other(String(text))
        case ">": isPlain(name) ? .partial(name) : .other(String(text))
        default: isPlain(trim(text)) ? .name(trim(text)) : .other(String(text))
        }
    }

    private static func isPlain(_ name: String) -> Bool {
        name == "." || (!name.isEmpty && name.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") })
    }

    private static func trim(_ text: Substring) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    private func error(_ template: String, _ line: Int?, _ reason: String) -> PageTemplateError {
        PageTemplateError(file: "\(directory)/\(template).mustache", line: line, reason: reason)
    }
}
