// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Mustache

/// What a template may show.
package enum PageValue: Sendable {
    /// Anybody's text: escaped.
    case text(String)
    /// For `{{#name}}` and `{{^name}}`.
    case flag(Bool)
    /// For `{{#name}}{{.}}{{/name}}`; each is escaped.
    case list([String])
    /// Text of ours that is HTML or CSS already: the style sheet.
    case trusted(String)
}

/// The mustache templates of one directory, read and checked at start.
///
/// Whatever a template asks for, a value goes out escaped by `HTMLText`: values are escaped before the engine sees them,
/// and the engine's own escaping is off (see `HTMLText`), so there is no unescaped form to ask for by mistake.
package struct PageTemplates: Sendable {
    private let library: MustacheLibrary

    /// Reads every `.mustache` file of the directory.
    ///
    /// `pages` names the templates there must be, each with the names it may use; a template that is missing, does not
    /// parse or asks for another name is an error here, not an empty place in a page.
    package init(directory: String, pages: [String: Set<String>]) throws(PageTemplateError) {
        let texts = try Self.texts(in: directory)
        try TemplateCheck(directory: directory, texts: texts, pages: pages).check()
        var templates: [String: MustacheTemplate] = [:]
        for (name, text) in texts {
            do {
                templates[name] = try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}\(text)")
            } catch let error as MustacheTemplate.ParserError {
                throw PageTemplateError(
                    file: "\(directory)/\(name).mustache", line: error.context.lineNumber,
                    reason: Self.words(error.error))
            } catch {
                throw PageTemplateError(file: "\(directory)/\(name).mustache", line: 1, reason: "\(error)")
            }
        }
        library = MustacheLibrary(templates: templates)
    }

    /// The page with these values; nil when there is no such template.
    package func page(_ name: String, _ values: [String: PageValue]) -> [UInt8]? {
        let object = values.mapValues { value -> Any in
            switch value {
            case .text(let text): HTMLText.escape(text)
            case .flag(let flag): flag
            case .list(let items): items.map(HTMLText.escape)
            case .trusted(let text): text
            }
        }
        return library.render(object, withTemplate: name).map { Array($0.utf8) }
    }

    private static func texts(in directory: String) throws(PageTemplateError) -> [String: String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw PageTemplateError(file: directory, line: nil, reason: "cannot read the directory of page templates")
        }
        var texts: [String: String] = [:]
        for name in names where name.hasSuffix(".mustache") {
            guard let data = FileManager.default.contents(atPath: "\(directory)/\(name)"), data.count <= sizeLimit
            else {
                throw PageTemplateError(
                    file: "\(directory)/\(name)", line: nil,
                    reason: "cannot be read, or is larger than \(sizeLimit) bytes")
            }
            texts[String(name.dropLast(".mustache".count))] = Array(data).text
        }
        return texts
    }

    /// Bytes of one template: a page, not a film.
    private static let sizeLimit = 256 * 1_024

    private static func words(_ error: any Error) -> String {
        switch error as? MustacheTemplate.Error {
        case .sectionCloseNameIncorrect: "this closes another section than the one that is open"
        case .unfinishedName: "this tag does not end"
        case .expectedSectionEnd: "a section is not closed"
        default: "\(error)"
        }
    }
}

/// What is wrong with a template, and where.
package struct PageTemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    package let file: String
    package let line: Int?
    package let reason: String

    package init(file: String, line: Int?, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    package var description: String { line.map { "\(file):\($0): \(reason)" } ?? "\(file): \(reason)" }
}
