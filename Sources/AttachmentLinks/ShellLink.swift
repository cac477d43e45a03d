// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Shortcuts of Windows (MS-SHLLINK): target and arguments as evidence, and URLs wherever they stand.
enum ShellLink {
    private static let headerSize = 76
    /// The flags of the header (section 2.1.1).
    private enum Flag {
        static let hasTargetIDList = 0x01
        static let hasLinkInfo = 0x02
        static let isUnicode = 0x80
        /// Name, relative path, working directory, arguments, icon: in this order.
        static let strings = [0x04, 0x08, 0x10, 0x20, 0x40]
    }

    static func search(_ content: [UInt8], into scan: inout AttachmentScan) {
        // What is padded, broken or in a block of its own is found all the same.
        BinaryText.search(content, into: &scan)
        guard content.count >= headerSize else { return }
        let flags = content.little(20, 4)
        var place = headerSize
        if flags & Flag.hasTargetIDList != 0 { place += 2 + content.little(place, 2) }
        if flags & Flag.hasLinkInfo != 0 {
            readLinkInfo(content, at: place, into: &scan)
            place += max(4, content.little(place, 4))
        }
        readStrings(content, at: &place, flags, into: &scan)
        readTarget(content, from: place, into: &scan)
    }

    /// The path on this machine, and the share (section 2.3).
    private static func readLinkInfo(_ content: [UInt8], at place: Int, into scan: inout AttachmentScan) {
        let flags = content.little(place + 8, 4)
        if flags & 1 != 0 { scan.note(.target, content.text(at: place + content.little(place + 16, 4))) }
        if flags & 2 != 0 {
            let share = place + content.little(place + 20, 4)
            scan.note(.networkPath, content.text(at: share + content.little(share + 8, 4)))
        }
    }

    private static func readStrings(
        _ content: [UInt8], at place: inout Int, _ flags: Int, into scan: inout AttachmentScan
    ) {
        let width = flags & Flag.isUnicode != 0 ? 2 : 1
        for (index, flag) in Flag.strings.enumerated() where flags & flag != 0 {
            let size = content.little(place, 2) * width
            let start = min(place + 2, content.count)
            let end = min(start + size, content.count)
            let bytes = content[start..<end]
            let text = width == 2 ? UTF16Text.decoded(bytes, isBigEndian: false) : Array(bytes)
            place = end
            if index == 1 { scan.note(.target, text) }
            if index == 3 {
                scan.note(.arguments, text.trimmed)
                scan.take(text: text, .shortcut)
            }
            if text.isNetworkPath { scan.note(.networkPath, text) }
        }
    }

    /// The target with environment variables, in a block behind the rest (section 2.5.4).
    private static func readTarget(_ content: [UInt8], from start: Int, into scan: inout AttachmentScan) {
        var place = start
        for _ in 0..<16 {
            let size = content.little(place, 4)
            guard size >= 8, place + size <= content.count else { return }
            if content.little(place + 4, 4) == 0xA000_0001 { scan.note(.target, content.text(at: place + 8)) }
            place += size
        }
    }
}

extension [UInt8] {
    /// A number of so many bytes, the lowest first; 0 where it would stand outside.
    func little(_ place: Int, _ size: Int) -> Int {
        guard place >= 0, place <= count - size else { return 0 }
        var value = 0
        for offset in 0..<size { value |= Int(self[place + offset]) << (8 * offset) }
        return value
    }

    /// Up to the next NUL, at most 260 bytes, which is the longest path there.
    fileprivate func text(at place: Int) -> [UInt8] {
        guard place >= 0, place < count else { return [] }
        return Array(self[place...].prefix(260).prefix { $0 != 0 })
    }
}
