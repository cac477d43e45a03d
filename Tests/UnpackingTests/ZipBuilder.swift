// SPDX-License-Identifier: Apache-2.0

/// Writes zips, honest ones and others: members are stored as they are unless their packed form is given.
struct ZipBuilder {
    struct Entry {
        var name: [UInt8]
        var packed: [UInt8]
        var size: Int
        var crc: UInt32
        var method: UInt16
        var flags: UInt16 = 0
        /// Another name in the directory.
        var directoryName: [UInt8]?
        /// Where the directory says it is, if not where it is.
        var directoryOffset: Int?
        var isInDirectory = true

        init(_ name: String, _ content: [UInt8]) {
            self.name = Array(name.utf8)
            packed = content
            size = content.count
            crc = CRC32.value(of: content)
            method = 0
        }

        init(_ name: String, deflated: [UInt8], size: Int, crc: UInt32) {
            self.name = Array(name.utf8)
            packed = deflated
            self.size = size
            self.crc = crc
            method = 8
        }
    }

    private(set) var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    static func zip(_ members: [(String, [UInt8])]) -> [UInt8] {
        var builder = ZipBuilder()
        for (name, content) in members { builder.add(Entry(name, content)) }
        return builder.finished()
    }

    mutating func add(_ entry: Entry) {
        let offset = bytes.count
        bytes += header(0x0403_4B50, [20], entry, name: entry.name, tail: [])
        bytes += entry.packed
        if entry.isInDirectory { list(entry, at: entry.directoryOffset ?? offset) }
    }

    /// Bytes between members.
    mutating func add(raw: [UInt8]) { bytes += raw }

    /// A line of the directory alone.
    mutating func list(_ entry: Entry, at offset: Int) {
        let name = entry.directoryName ?? entry.name
        let tail = Little.two([0, 0, 0]) + Little.four([0, UInt32(offset)])
        directory += header(0x0201_4B50, [20, 20], entry, name: name, tail: tail)
        count += 1
    }

    func finished(claimedCount: Int? = nil) -> [UInt8] {
        let number = UInt16(truncatingIfNeeded: claimedCount ?? count)
        let end =
            Little.four([0x0605_4B50]) + Little.two([0, 0, number, number])
            + Little.four([UInt32(directory.count), UInt32(bytes.count)]) + Little.two([0])
        return bytes + directory + end
    }

    private func header(_ mark: UInt32, _ versions: [UInt16], _ entry: Entry, name: [UInt8], tail: [UInt8]) -> [UInt8] {
        Little.four([mark]) + Little.two(versions + [entry.flags, entry.method, 0, 0x21])
            + Little.four([entry.crc, UInt32(entry.packed.count), UInt32(entry.size)])
            + Little.two([UInt16(name.count), 0]) + tail + name
    }
}

enum Little {
    static func two(_ values: [UInt16]) -> [UInt8] { values.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } }
    static func four(_ values: [UInt32]) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(value >> (8 * UInt32($0)) & 0xFF) } }
    }
    static func eight(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(value >> (8 * UInt64($0)) & 0xFF) } }
}

/// The checksum of zip and gzip.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }

    static func value(of bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~0 as UInt32) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }
}
