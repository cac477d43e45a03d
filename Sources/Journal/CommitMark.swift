// SPDX-License-Identifier: Apache-2.0

import Bytes
import Glibc

/// How far the journal is durable: what the writer publishes and no reader goes beyond.
///
/// One line in the file `committed`: segment (10 digits), space, offset (19 digits), space, CRC-32C of all that, LF. It
/// is overwritten in place; a reader that meets a half-written one sees a bad checksum and looks again.
struct CommitMark {
    private static let size = 40
    /// A write of 40 bytes is over in a microsecond; whoever sees this many bad ones sees a broken file.
    private static let attempts = 10

    let file: OpenFile

    /// The mark for writing.
    static func forWriting(_ directory: String) throws(SystemError) -> CommitMark {
        CommitMark(file: try .open("\(directory)/\(JournalFile.mark)", O_RDWR | O_CREAT))
    }

    func publish(_ position: JournalPosition, by files: any FileLayer) throws(SystemError) {
        try files.writeAll(Self.line(position), to: file, at: 0)
    }

    /// The position in the directory's mark; nil when there is none, or none that can be trusted.
    static func position(in directory: String) throws(SystemError) -> JournalPosition? {
        let file: OpenFile
        do {
            file = try .open("\(directory)/\(JournalFile.mark)", O_RDONLY)
        } catch {
            guard error.code == ENOENT else { throw error }
            return nil
        }
        for _ in 0..<attempts {
            if let position = position(of: try file.read(at: 0, count: size)) { return position }
        }
        return nil
    }

    // MARK: - Text

    static func line(_ position: JournalPosition) -> [UInt8] {
        let text = padded(position.segment, 10) + [.space] + padded(position.offset, 19)
        return text + [.space] + JournalLine.hex(CRC32C.checksum(text.span)) + [.lineFeed]
    }

    static func position(of line: [UInt8]) -> JournalPosition? {
        guard line.count == size, line[10] == .space, line[30] == .space, line[39] == .lineFeed else { return nil }
        let text = Array(line[..<30])
        guard JournalLine.number(line[31..<39]) == CRC32C.checksum(text.span) else { return nil }
        guard let segment = Int(line[..<10].text), let offset = Int(line[11..<30].text) else { return nil }
        return JournalPosition(segment: segment, offset: offset)
    }

    private static func padded(_ number: Int, _ digits: Int) -> [UInt8] {
        let text = Array(String(number).utf8)
        return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, digits - text.count)) + text
    }
}
