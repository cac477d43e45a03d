// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What a zip says of itself in its two places: the directory at the end, and the header before each member.
///
/// Programs differ in which they believe. Explorer and most others read the directory; streaming unpackers, and some mail
/// scanners, read the headers. One zip can so show a letter to the one and a program to the other. And members that share
/// bytes are how 46 MB become 4.5 PB (Fifield, "A better zip bomb", 2019). libarchive unpacks; this only compares.
struct ZipDirectory {
    /// One line of the directory.
    fileprivate struct Entry {
        let method: Int
        let name: Range<Int>
        let local: Int
        let packedSize: Int
    }

    /// Whether reading the headers in turn shows other members than the directory.
    private(set) var hasTwoReadings = false
    /// Names in the directory that the members' headers do not have.
    private(set) var otherNames: [[UInt8]] = []
    /// Whether members share bytes with one another.
    private(set) var overlaps = false
    /// Whether the directory claims more entries than its bytes could hold.
    private(set) var isOverfull = false

    static let endRecordSize = 22
    /// Other names kept: each stands in the report.
    private static let namesKept = 32

    /// Where the end record is, nil when there is none whose directory is where it says.
    static func endRecord(in bytes: [UInt8]) -> Int? {
        guard bytes.count >= endRecordSize else { return nil }
        let span = bytes.span
        let end = bytes.count - endRecordSize + 1
        var place = max(0, bytes.count - ContainerSignatures.tailSize)
        var last: Int?
        while place < end {
            place = span.index(of: 0x50, from: place, to: end)
            guard place < end else { break }
            if span.little(place, 4) == 0x0605_4B50, directoryStart(span, end: place) != nil { last = place }
            place += 1
        }
        return last
    }

    /// Where the directory begins: its size before the end record, whatever stands before the archive.
    private static func directoryStart(_ bytes: Span<UInt8>, end: Int) -> Int? {
        var (size, before) = (bytes.little(end + 12, 4), end)
        if size == 0xFFFF_FFFF {
            guard end >= 76, bytes.little(end - 20, 4) == 0x0706_4B50, bytes.little(end - 76, 4) == 0x0606_4B50 else {
                return nil
            }
            size = bytes.little(end - 76 + 40, 8)
            before = end - 76
        }
        guard size >= 46, size <= before, bytes.little(before - size, 4) == 0x0201_4B50 else { return nil }
        return before - size
    }

    /// Compares the two for a zip; at most `members` entries are looked at.
    init(_ bytes: [UInt8], members: Int) {
        guard let end = Self.endRecord(in: bytes),
            let start = Self.directoryStart(bytes.span, end: end)
        else {
            // Without a directory there is one reading, for those who show anything.
            return
        }
        let span = bytes.span
        let claimed = span.little(end + 10, 2)
        let entries = Self.entries(span, start, end, members)
        isOverfull = claimed != 0xFFFF && claimed > (end - start) / 46
        // What stands before the archive moves every offset.
        let offset = span.little(end + 16, 4)
        let shift = offset == 0xFFFF_FFFF ? 0 : max(0, start - offset)
        compare(entries, span, shift: shift, directory: start)
    }

    private static func entries(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ members: Int) -> [Entry] {
        var entries: [Entry] = []
        var place = start
        while place + 46 <= end, entries.count < members, bytes.little(place, 4) == 0x0201_4B50 {
            let nameEnd = place + 46 + bytes.little(place + 28, 2)
            let extraEnd = nameEnd + bytes.little(place + 30, 2)
            guard extraEnd <= end else { break }
            var (packed, local) = (bytes.little(place + 20, 4), bytes.little(place + 42, 4))
            readZip64(bytes, nameEnd..<extraEnd, bytes.little(place + 24, 4) == 0xFFFF_FFFF, &packed, &local)
            entries.append(
                Entry(method: bytes.little(place + 10, 2), name: place + 46..<nameEnd, local: local, packedSize: packed)
            )
            place = extraEnd + bytes.little(place + 32, 2)
        }
        return entries
    }

    /// The sizes that do not fit into four bytes stand in an extra field, in this order and only where they are needed.
    private static func readZip64(
        _ bytes: Span<UInt8>, _ extra: Range<Int>, _ hasSize: Bool, _ packed: inout Int, _ local: inout Int
    ) {
        var place = extra.lowerBound
        while place + 4 <= extra.upperBound {
            let end = place + 4 + bytes.little(place + 2, 2)
            guard end <= extra.upperBound else { return }
            if bytes.little(place, 2) == 1 {
                var field = place + 4 + (hasSize ? 8 : 0)
                for value in 0..<2 {
                    guard (value == 0 ? packed : local) == 0xFFFF_FFFF, field + 8 <= end else { continue }
                    if value == 0 { packed = bytes.little(field, 8) } else { local = bytes.little(field, 8) }
                    field += 8
                }
                return
            }
            place = end
        }
    }

    /// Walks the members in the order of their places: each must have the directory's name, and follow the one before.
    private mutating func compare(_ entries: [Entry], _ bytes: Span<UInt8>, shift: Int, directory: Int) {
        var covered = 0
        for entry in entries.sorted(by: { $0.local < $1.local }) {
            let (local, overflow) = entry.local.addingReportingOverflow(shift)
            guard !overflow, local >= 0, local + 30 <= directory, bytes.little(local, 4) == 0x0403_4B50 else {
                hasTwoReadings = true
                continue
            }
            let nameSize = bytes.little(local + 26, 2)
            let data = local + 30 + nameSize + bytes.little(local + 28, 2)
            if local < covered { overlaps = true }
            // A gap may be a signature or padding; another member in it is one that the directory does not show.
            if local > covered, bytes.hasLocalHeader(in: covered..<local) { hasTwoReadings = true }
            if !bytes.agrees(entry, at: local) { hasTwoReadings = true }
            if !bytes.isEqual(entry.name, local + 30..<local + 30 + nameSize) {
                hasTwoReadings = true
                if otherNames.count < Self.namesKept { otherNames.append(bytes.bytes(entry.name)) }
            }
            let (end, isBeyond) = data.addingReportingOverflow(entry.packedSize)
            if isBeyond || end > directory { hasTwoReadings = true }
            covered = max(covered, isBeyond ? directory : min(end, directory))
        }
        if bytes.hasLocalHeader(in: covered..<directory) { hasTwoReadings = true }
    }
}

extension Span<UInt8> {
    /// A number of so many bytes, the lowest first; 0 where it would stand outside.
    func little(_ place: Int, _ size: Int) -> Int {
        guard place >= 0, place <= count - size else { return 0 }
        var value: UInt64 = 0
        for offset in 0..<size { value |= UInt64(self[place + offset]) << UInt64(8 * offset) }
        return Int(clamping: value)
    }

    fileprivate func bytes(_ range: Range<Int>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.append(contentsOf: extracting(range))
        return copy
    }

    fileprivate func hasLocalHeader(in range: Range<Int>) -> Bool {
        var place = range.lowerBound
        while place + 30 <= range.upperBound {
            if self[place] == 0x50, little(place, 4) == 0x0403_4B50 { return true }
            place += 1
        }
        return false
    }

    /// Whether method and size before the member are those of the directory; a size that comes behind it is not there.
    fileprivate func agrees(_ entry: ZipDirectory.Entry, at local: Int) -> Bool {
        guard little(local + 8, 2) == entry.method else { return false }
        let size = little(local + 18, 4)
        return little(local + 6, 2) & 8 != 0 || size == 0xFFFF_FFFF || size == entry.packedSize
    }

    fileprivate func isEqual(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count, right.upperBound <= count else { return false }
        for offset in 0..<left.count where self[left.lowerBound + offset] != self[right.lowerBound + offset] {
            return false
        }
        return true
    }
}
