// SPDX-License-Identifier: Apache-2.0

package import Foundation
import RuleText

/// The rule files of one folder, read, with what they include put in.
///
/// A file that another one includes is no file of its own, so that no rule is found twice. An include names a file of the
/// folder, by its path from the including file or from the folder; nothing outside is ever read.
package struct RuleFolder: Sendable {
    /// Beyond these a folder holds something else than rules; the largest public collections stay far below.
    package static let fileLimit = 20_000
    package static let sizeLimit = 256 << 20
    /// Files within files, as in libyara; also what one text may grow to by them.
    static let depthLimit = 16
    static let textLimit = 64 << 20

    /// What can be compiled, by name.
    package let sources: [RuleSource]
    /// Files that cannot be used, and why.
    package let faults: [RuleSetError.Fault]

    /// Reads every `.yar`, `.yara`, `.rule` and `.rules` file below the folder.
    package init(_ folder: URL) throws(RuleSetError) {
        try self.init(texts: RuleFiles(folder).texts)
    }

    /// From texts at hand, by their paths in the folder.
    package init(texts: [String: [UInt8]]) throws(RuleSetError) {
        var putter = IncludePutter(texts: texts)
        var faults: [RuleSetError.Fault] = []
        var sources: [RuleSource] = []
        for name in texts.keys.sorted() {
            do throws(RuleSetError) {
                sources.append(try putter.source(name))
            } catch {
                faults += error.faults
            }
        }
        self.sources = sources.filter { !putter.included.contains($0.name) }
        self.faults = faults
    }
}

/// Reads the files of a folder, within the limits.
private struct RuleFiles {
    private(set) var texts: [String: [UInt8]] = [:]
    private static let endings = ["yar", "yara", "rule", "rules"]

    init(_ folder: URL) throws(RuleSetError) {
        let root = folder.resolvingSymlinksInPath().path
        guard let walk = FileManager.default.enumerator(atPath: root) else {
            throw RuleSetError([.init(source: folder.path, line: nil, message: "cannot be read as a folder")])
        }
        var size = 0
        while let name = walk.nextObject() as? String {
            let file = URL(filePath: root).appending(path: name)
            guard Self.endings.contains(file.pathExtension) else { continue }
            guard file.resolvingSymlinksInPath().path.hasPrefix(root + "/") else {
                throw RuleSetError([.init(source: name, line: nil, message: "leads out of the folder")])
            }
            guard let data = try? Data(contentsOf: file) else {
                throw RuleSetError([.init(source: name, line: nil, message: "cannot be read")])
            }
            size += data.count
            texts[name] = Array(data)
            guard size <= RuleFolder.sizeLimit, texts.count <= RuleFolder.fileLimit else {
                throw RuleSetError([
                    .init(
                        source: folder.path, line: nil,
                        message: "holds more than \(RuleFolder.fileLimit) files or 256 MB")
                ])
            }
        }
    }
}

/// Puts included texts in the place of the lines that name them.
private struct IncludePutter {
    let texts: [String: [UInt8]]
    private(set) var included: Set<String> = []
    private var result = RuleSource(name: "", text: [])

    init(texts: [String: [UInt8]]) {
        self.texts = texts
    }

    mutating func source(_ name: String) throws(RuleSetError) -> RuleSource {
        result = RuleSource(name: name, text: [])
        try put(name, within: [])
        return result
    }

    private mutating func put(_ name: String, within outer: [String]) throws(RuleSetError) {
        guard let text = texts[name] else { return }
        // A text that is not understood has no includes that we know; libyara then refuses those it finds.
        let includes = (try? RuleFile(text))?.includes ?? []
        var place = 0
        for include in includes {
            result.append(text[place..<include.range.lowerBound], from: name, at: line(place, text))
            let line = line(include.range.lowerBound, text)
            let target = try target(of: include, in: name, line)
            guard !outer.contains(target), target != name else { throw fault(name, line, "includes itself") }
            guard outer.count < RuleFolder.depthLimit else { throw fault(name, line, "includes too deeply") }
            included.insert(target)
            try put(target, within: outer + [name])
            guard result.text.count <= RuleFolder.textLimit else { throw fault(name, line, "includes more than 64 MB") }
            place = include.range.upperBound
        }
        result.append(text[place...], from: name, at: line(place, text))
    }

    private func target(
        of include: RuleFile.Include, in name: String, _ line: Int
    ) throws(RuleSetError) -> String {
        let written = String(decoding: include.name, as: UTF8.self)
        let folder = name.split(separator: "/").dropLast().map(String.init)
        for start in [folder, []] {
            if let path = Self.path(written, from: start), texts[path] != nil { return path }
        }
        throw fault(name, line, "\"\(written)\" is no rule file of the folder")
    }

    /// The path with `.` and `..` undone; nil when it leads out.
    private static func path(_ written: String, from folder: [String]) -> String? {
        guard !written.hasPrefix("/") else { return nil }
        var parts = folder
        for part in written.split(separator: "/") {
            if part == ".." {
                guard parts.popLast() != nil else { return nil }
            } else if part != "." {
                parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }

    private func line(_ place: Int, _ text: [UInt8]) -> Int { 1 + text[..<place].count { $0 == 0x0A } }

    private func fault(_ name: String, _ line: Int, _ message: String) -> RuleSetError {
        RuleSetError([.init(source: name, line: line, message: message)])
    }
}
