// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Makes the end of the last segment sound after a crash.
///
/// Behind the commit mark stands what nobody was told to be safe: whole lines stay (their senders will come again; to
/// have a record too many is harmless), and the first bad checksum cuts the rest. Before the mark everything was
/// confirmed: a bad line there is damage to the disk, not a torn write, and must not take the good lines after it away.
struct TailRecovery {
    let path: String
    let segment: Int
    /// How much of the segment the mark says is durable.
    let committed: Int
    let recordLimit: Int
    let files: any FileLayer

    /// The length of the segment afterwards, durable; 0 when there is no such file.
    func recover(_ recovery: inout JournalRecovery) throws(SystemError) -> Int {
        let file: OpenFile
        do {
            file = try .open(path, O_RDWR)
        } catch {
            guard error.code == ENOENT else { throw error }
            return 0
        }
        let size = try file.status().size
        let end = try soundEnd(of: file, size: size, &recovery)
        if end < size {
            let saved = try save(file, end..<size)
            try files.truncateAll(file, to: end)
            recovery.tornTail = TornTail(path: path, offset: end, size: size - end, savedAs: saved)
        }
        try files.synchronizeAll(file)
        return end
    }

    private func soundEnd(
        of file: OpenFile, size: Int, _ recovery: inout JournalRecovery
    ) throws(SystemError) -> Int {
        var scanner = LineScanner(file, range: 0..<size, recordLimit: recordLimit)
        var end = 0
        while let line = try scanner.line() {
            guard line.json != nil else { continue }
            if line.range.lowerBound > end {
                guard line.range.lowerBound < committed else { break }
                if recovery.damage.count < JournalRecovery.damageLimit {
                    let size = line.range.lowerBound - end
                    recovery.damage.append(.badLines(segment: segment, offset: end, size: size))
                }
            }
            end = line.range.upperBound
        }
        return end
    }

    /// Copies the stretch to a file beside the segment, durably.
    private func save(_ file: OpenFile, _ range: Range<Int>) throws(SystemError) -> String {
        let name = path + ".torn"
        try DiskDirectory.remove(name)
        let copy = try files.create(name)
        var offset = range.lowerBound
        while offset < range.upperBound {
            let bytes = try file.read(at: offset, count: min(256 * 1_024, range.upperBound - offset))
            guard !bytes.isEmpty else { break }
            try files.writeAll(bytes, to: copy, at: offset - range.lowerBound)
            offset += bytes.count
        }
        try files.synchronizeAll(copy)
        return name
    }
}
