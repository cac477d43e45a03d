// SPDX-License-Identifier: Apache-2.0

import Bytes

/// One record as a line: `1a2b3c4d {"type":"click",…}` and LF.
enum JournalLine {
    /// Checksum and space before the JSON.
    static let prefixSize = 9
    /// What a line has beside the JSON.
    static let overhead = prefixSize + 1

    /// The line of a record.
    static func line(_ json: [UInt8], limit: Int) throws(JournalError) -> [UInt8] {
        guard !json.isEmpty else { throw .emptyRecord }
        guard json.count <= limit else { throw .recordTooLarge(size: json.count, limit: limit) }
        if let offset = json.firstIndex(of: .lineFeed) { throw .lineFeed(offset: offset) }
        var line: [UInt8] = []
        line.reserveCapacity(json.count + overhead)
        line.append(contentsOf: hex(CRC32C.checksum(json.span)))
        line.append(.space)
        line.append(contentsOf: json)
        line.append(.lineFeed)
        return line
    }

    /// The JSON of a line given without its LF; nil when the checksum says that it is not what was written.
    static func json(of line: ArraySlice<UInt8>) -> [UInt8]? {
        guard line.count > prefixSize, let checksum = number(line.prefix(8)), line[line.startIndex + 8] == .space else {
            return nil
        }
        let json = Array(line.dropFirst(prefixSize))
        return CRC32C.checksum(json.span) == checksum ? json : nil
    }

    /// Eight small hexadecimal digits.
    static func hex(_ value: UInt32) -> [UInt8] {
        Array(Hex.encode(UInt64(value)).suffix(8))
    }

    /// The number behind eight hexadecimal digits.
    static func number(_ digits: ArraySlice<UInt8>) -> UInt32? {
        Hex.decode(digits)?.reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// Names of a journal's files.
enum JournalFile {
    static let lock = "writer.lock"
    static let mark = "committed"
    private static let suffix = ".journal"
    /// Ten digits sort as text for longer than anybody writes segments.
    private static let digits = 10

    static func path(_ directory: String, segment: Int) -> String {
        let number = String(segment)
        return "\(directory)/\(String(repeating: "0", count: max(0, digits - number.count)))\(number)\(suffix)"
    }

    /// The segment's number; nil for any other file.
    static func segment(_ name: String) -> Int? {
        guard name.hasSuffix(suffix), name.utf8.count == digits + suffix.utf8.count else { return nil }
        let number = name.utf8.prefix(digits)
        guard number.allSatisfy(\.isASCIIDigit), let segment = Int(Array(number).text), segment > 0 else { return nil }
        return segment
    }
}
