// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Names in the folder of the index: `<day>-<number>.shard`, days since 1970, numbers in the order of writing.
struct ShelfFolder: Sendable {
    /// Files of one folder: days that anybody keeps, times what a day has before its files are merged, many times over.
    private static let fileLimit = 1_000_000
    private static let suffix = ".shard"

    let path: String

    /// Makes the folder; grams of mail are nearly mail, so it is the owner's alone.
    func make() throws(ObjectIndexError) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("cannot be made") }
    }

    var exists: Bool { unsafe access(path, F_OK) == 0 }

    func path(of name: String) -> String { "\(path)/\(name)" }

    static func name(day: Int, number: UInt32) -> String { "\(day)-\(number)\(suffix)" }

    /// Nil for what is no name of a file of the index.
    static func number(of name: String) -> UInt32? {
        guard name.hasSuffix(suffix), let dash = name.dropFirst().firstIndex(of: "-") else { return nil }
        return UInt32(name[name.index(after: dash)...].dropLast(suffix.count))
    }

    /// The files, in the order of writing; what a writer left unfinished goes.
    func list() throws(ObjectIndexError) -> [(number: UInt32, name: String)] {
        guard let directory = unsafe opendir(path) else { throw failure("cannot be read") }
        defer { unsafe closedir(directory) }
        var found: [(number: UInt32, name: String)] = []
        var unfinished: [String] = []
        while found.count < Self.fileLimit, let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if let number = Self.number(of: name) { found.append((number, name)) }
            if name.hasSuffix(Self.suffix + ".new") { unfinished.append(name) }
        }
        for name in unfinished { try remove(name) }
        return found.sorted { $0.number < $1.number }
    }

    /// A file that is gone already is fine.
    func remove(_ name: String) throws(ObjectIndexError) {
        guard unsafe unlink(path(of: name)) == 0 || errno == ENOENT else { throw failure("cannot let '\(name)' go") }
    }

    private func failure(_ what: String) -> ObjectIndexError {
        let text = unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
        return ObjectIndexError(.unwritable, path, "\(what): \(text)")
    }
}
