// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A body or a file in Outlook's `winmail.dat`.
struct TNEFItem {
    var name: [UInt8]
    let type: String?
    /// Of the bytes that were read.
    let range: Range<Int>
}

/// Finds bodies and files in a TNEF stream (MS-OXTNEF, section 2.1.3).
///
/// It is attributes one behind the other, of which an attachment has those from its `attAttachRendData` to the next one.
///
/// Every content counts that any program might show: two data attributes of an attachment are two files of one name.
/// Checksums are left alone, as programs leave them. Each step takes bytes, so the work is linear.
struct TNEFReader {
    private static let rendData = 0x0006_9002
    private static let title = 0x0001_8010
    private static let data = 0x0006_800F
    private static let attachment = 0x0006_9005
    private static let messageProperties = 0x0006_9003
    private static let body = 0x0002_800C
    /// Signature and key.
    private static let headSize = 6

    private(set) var items: [TNEFItem] = []
    /// The stream ends too soon, or is none: what stands behind is unknown.
    private(set) var isDamaged = false
    /// The first item of the attachment that is being read.
    private var first = 0
    private var name: [UInt8] = []

    /// Looks for no more when it has more than `limit` items.
    init(_ bytes: [UInt8], limit: Int) {
        var cursor = TNEFCursor(bytes, at: Self.headSize)
        while !cursor.isAtEnd, items.count <= limit {
            guard cursor.number(1) != nil, let attribute = cursor.number(4), let size = cursor.number(4),
                let range = cursor.take(size), cursor.number(2) != nil
            else {
                isDamaged = true
                break
            }
            read(attribute, range, of: bytes, limit: limit)
        }
        finish()
    }

    private mutating func read(_ attribute: Int, _ range: Range<Int>, of bytes: [UInt8], limit: Int) {
        switch attribute {
        case Self.rendData: finish()
        case Self.title: if name.isEmpty { name = Array(bytes[range].prefix { $0 != 0 }) }
        case Self.data: items.append(TNEFItem(name: [], type: nil, range: range))
        case Self.body: items.append(TNEFItem(name: Array("body.txt".utf8), type: "text/plain", range: range))
        case Self.attachment, Self.messageProperties:
            let properties = TNEFProperties(bytes, in: range, limit: limit)
            if properties.isDamaged { isDamaged = true }
            if let long = properties.name { name = long }
            items += properties.items
        default: break
        }
    }

    /// Gives the attachment's contents its name.
    private mutating func finish() {
        for index in first..<items.count where items[index].name.isEmpty {
            items[index].name = name.isEmpty ? Array("attachment".utf8) : name
        }
        first = items.count
        name = []
    }
}

/// MAPI properties as TNEF has them (MS-OXTNEF, section 2.1.3.4): the contents among them, and a file's long name.
struct TNEFProperties {
    private(set) var items: [TNEFItem] = []
    private(set) var name: [UInt8]?
    private(set) var isDamaged = false

    /// An object begins with the identifier of its interface.
    private static let interfaceSize = 16

    init(_ bytes: [UInt8], in range: Range<Int>, limit: Int) {
        var cursor = TNEFCursor(bytes, at: range.lowerBound, end: range.upperBound)
        var left = cursor.number(4)
        while let count = left, count > 0, items.count <= limit {
            left = read(&cursor, of: bytes) ? count - 1 : nil
        }
        isDamaged = left == nil
    }

    /// Answers false where the property is cut off, or of a type whose size nobody knows.
    private mutating func read(_ cursor: inout TNEFCursor, of bytes: [UInt8]) -> Bool {
        guard let type = cursor.number(2), let id = cursor.number(2) else { return false }
        if id >= 0x8000, !cursor.skipName() { return false }
        let isVariable = [0x1E, 0x1F, 0x0D, 0x102].contains(type & 0xFFF)
        let hasCount = type & 0x1000 != 0 || isVariable
        guard var values = hasCount ? cursor.number(4) : 1 else { return false }
        guard isVariable else {
            guard let size = Self.size(ofType: type & 0xFFF) else { return false }
            let (sum, overflow) = values.multipliedReportingOverflow(by: size)
            return !overflow && cursor.take(sum) != nil
        }
        while values > 0 {
            guard let size = cursor.number(4), let range = cursor.take(size), cursor.pad(size) else { return false }
            take(id, type & 0xFFF, range, of: bytes)
            values -= 1
        }
        return true
    }

    private mutating func take(_ id: Int, _ type: Int, _ range: Range<Int>, of bytes: [UInt8]) {
        switch (id, type) {
        // PidTagAttachLongFilename, PidTagAttachFilename
        case (0x3707, 0x1E): name = Array(bytes[range].prefix { $0 != 0 })
        case (0x3707, 0x1F): name = Self.utf8(ofUTF16: bytes[range])
        case (0x3704, 0x1E): name = name ?? Array(bytes[range].prefix { $0 != 0 })
        case (0x3704, 0x1F): name = name ?? Self.utf8(ofUTF16: bytes[range])
        // PidTagAttachDataBinary
        case (0x3701, 0x102): items.append(TNEFItem(name: [], type: nil, range: range))
        // PidTagAttachDataObject: a message, as TNEF again, or an OLE object.
        case (0x3701, 0x0D):
            let begin = min(range.upperBound, range.lowerBound + Self.interfaceSize)
            items.append(TNEFItem(name: [], type: nil, range: begin..<range.upperBound))
        // PidTagBody, PidTagHtml, PidTagRtfCompressed
        case (0x1000, 0x1E): items.append(TNEFItem(name: Array("body.txt".utf8), type: "text/plain", range: range))
        case (0x1013, 0x102), (0x1013, 0x1E):
            items.append(TNEFItem(name: Array("body.html".utf8), type: "text/html", range: range))
        case (0x1009, 0x102):
            items.append(TNEFItem(name: Array("body.rtf".utf8), type: CompressedRTF.mediaType, range: range))
        default: break
        }
    }

    /// Bytes of a value of that type, with what pads it; nil for a type that is not known (MS-OXCDATA, section 2.11.1).
    private static func size(ofType type: Int) -> Int? {
        switch type {
        case 0x01: 0
        case 0x02, 0x03, 0x04, 0x0A, 0x0B: 4
        case 0x05, 0x06, 0x07, 0x14, 0x40: 8
        case 0x48: 16
        default: nil
        }
    }

    private static func utf8(ofUTF16 bytes: ArraySlice<UInt8>) -> [UInt8] {
        var units: [UInt16] = []
        var place = bytes.startIndex
        while place + 1 < bytes.endIndex {
            let unit = UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
            if unit == 0 { break }
            units.append(unit)
            place += 2
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }
}

/// A place in a TNEF stream; numbers have their least significant byte first.
struct TNEFCursor {
    private let bytes: [UInt8]
    private var place: Int
    private let end: Int

    init(_ bytes: [UInt8], at place: Int, end: Int? = nil) {
        self.bytes = bytes
        self.end = min(end ?? bytes.count, bytes.count)
        self.place = min(place, self.end)
    }

    var isAtEnd: Bool { place == end }

    mutating func take(_ size: Int) -> Range<Int>? {
        guard size >= 0, size <= end - place else { return nil }
        defer { place += size }
        return place..<place + size
    }

    /// Of at most four bytes.
    mutating func number(_ size: Int) -> Int? {
        guard let range = take(size) else { return nil }
        return bytes[range].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// To the next multiple of four behind a value of that size; what is missing at the very end is fine.
    mutating func pad(_ size: Int) -> Bool { take(min(end - place, (4 - size & 3) & 3)) != nil }

    /// The name of a named property: GUID, kind, and a number or a text.
    mutating func skipName() -> Bool {
        guard take(16) != nil, let kind = number(4), let size = number(4) else { return false }
        return kind == 0 || take(size) != nil && pad(size)
    }
}
