// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A container within some bytes, and which of them it is.
struct FoundContainer: Hashable {
    let kind: ContainerKind
    let range: Range<Int>
}

/// Which containers some bytes are, by themselves: name and declared type are the sender's.
///
/// Told here and not by libarchive's bidding, because bytes may be several things at a time (a picture with a zip behind it,
/// a program that unpacks itself) and each program opens the one it knows.
enum ContainerSignatures {
    /// How far a self-extracting program is searched for its archive: stubs are smaller than a megabyte.
    private static let stubSize = 1_024 * 1_024
    /// How far from the end a zip's end record can begin: its comment has at most 65,535 bytes.
    static let tailSize = 65_557

    static func containers(in bytes: [UInt8]) -> [FoundContainer] {
        var found: [FoundContainer] = []
        let whole = 0..<bytes.count
        if let kind = kind(atStart: bytes.span) { found.append(FoundContainer(kind: kind, range: whole)) }
        for kind in discKinds(bytes) where found.first?.kind != kind {
            found.append(FoundContainer(kind: kind, range: whole))
        }
        if let kind = kindByEnd(bytes) { found.append(FoundContainer(kind: kind, range: whole)) }
        if found.first?.kind != .zip, let end = ZipDirectory.endRecord(in: bytes),
            // A tar or a disc may hold a zip near its end, and is none.
            found.isEmpty || end + ZipDirectory.endRecordSize + bytes.span.little(end + 20, 2) == bytes.count
        {
            found.append(FoundContainer(kind: .zip, range: whole))
        }
        if found.isEmpty, bytes.starts(with: ("MZ" as StaticString).bytes) { found += behindStub(bytes) }
        if isPDF(bytes) { found.append(FoundContainer(kind: .pdf, range: whole)) }
        if isEncryptedOffice(bytes) { found.append(FoundContainer(kind: .encryptedOffice, range: whole)) }
        return found
    }

    /// By what stands at the very start.
    static func kind(atStart bytes: Span<UInt8>) -> ContainerKind? {
        for (signature, offset, kind) in signatures where bytes.has(signature, at: offset) { return kind }
        if isBzip2(bytes) { return .bzip2 }
        if isLHA(bytes) { return .lha }
        if isSigned(bytes) { return .signed }
        if isTar(bytes) { return .tar }
        return isLZMA(bytes) ? .lzma : nil
    }

    private static let signatures: [([UInt8], Int, ContainerKind)] = [
        ([0x50, 0x4B, 0x03, 0x04], 0, .zip), ([0x50, 0x4B, 0x05, 0x06], 0, .zip),
        ([0x50, 0x4B, 0x30, 0x30, 0x50, 0x4B], 0, .zip), ([0x50, 0x4B, 0x07, 0x08, 0x50, 0x4B], 0, .zip),
        ([0x1F, 0x8B, 0x08], 0, .gzip), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], 0, .xz),
        ([0x28, 0xB5, 0x2F, 0xFD], 0, .zstd), ([0x04, 0x22, 0x4D, 0x18], 0, .lz4), ([0x1F, 0x9D], 0, .compress),
        (("LZIP" as StaticString).bytes, 0, .lzip), ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], 0, .sevenZip),
        (rarSignature + [0x00], 0, .rar), (rarSignature + [0x01, 0x00], 0, .rar5),
        (("MSCF" as StaticString).bytes, 0, .cab), (("!<arch>\n" as StaticString).bytes, 0, .ar),
        (("070701" as StaticString).bytes, 0, .cpio), (("070702" as StaticString).bytes, 0, .cpio),
        (("070707" as StaticString).bytes, 0, .cpio), ([0xC7, 0x71], 0, .cpio),
        (("xar!" as StaticString).bytes, 0, .xar), ([0x60, 0xEA], 0, .arj),
        (("**ACE**" as StaticString).bytes, 7, .ace),
        (("ALZ\u{1}" as StaticString).bytes, 0, .alz), (("EGGA" as StaticString).bytes, 0, .egg),
        (("conectix" as StaticString).bytes, 0, .vhd), (("vhdxfile" as StaticString).bytes, 0, .vhdx),
        (("MSWIM\0\0\0" as StaticString).bytes, 0, .wim), ([0x78, 0x9F, 0x3E, 0x22], 0, .tnef),
    ]
    private static let rarSignature: [UInt8] = [0x52, 0x61, 0x72, 0x21, 0x1A, 0x07]

    /// `BZh`, a level, and the mark of a block or of the end.
    private static func isBzip2(_ bytes: Span<UInt8>) -> Bool {
        bytes.has(("BZh" as StaticString).bytes, at: 0)
            && (bytes.has([0x31, 0x41, 0x59, 0x26, 0x53, 0x59], at: 4)
                || bytes.has([0x17, 0x72, 0x45, 0x38, 0x50, 0x90], at: 4))
    }

    /// A sequence that begins with the object identifier of SignedData (RFC 5652, section 5.1), in DER or BER.
    private static func isSigned(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count > 2, bytes[0] == 0x30 else { return false }
        // A short length, an indefinite one, or one of so many bytes.
        let size = bytes[1] > 0x80 ? Int(bytes[1] & 0x7F) : 0
        return size <= 8
            && bytes.has([0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02], at: 2 + size)
    }

    /// `-lh5-` and the like behind the size of the header and its checksum.
    private static func isLHA(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count > 21, bytes[2] == 0x2D, bytes[3] == 0x6C, bytes[6] == 0x2D else { return false }
        return bytes[4] == 0x68 || bytes[4] == 0x7A
    }

    /// A header whose checksum is right: old archives have no signature, and one made to have none opens all the same.
    private static func isTar(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= 512, bytes[0] != 0 else { return false }
        var (sum, written, digits) = (0, 0, 0)
        for place in 0..<512 {
            let byte = bytes[place]
            guard (148..<156).contains(place) else {
                sum += Int(byte)
                continue
            }
            sum += 0x20
            guard (0x30...0x37).contains(byte) else { continue }
            written = written << 3 | Int(byte - 0x30)
            digits += 1
        }
        return digits > 0 && sum == written
    }

    /// No signature: usual properties, a dictionary size that programs write, and a size that is unknown or possible.
    private static func isLZMA(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count > 13, bytes[0] == 0x5D, bytes[1] == 0, bytes[2] == 0 else { return false }
        var size: UInt64 = 0
        for place in 0..<8 { size |= UInt64(bytes[5 + place]) << UInt64(8 * place) }
        return bytes[13] == 0 && (size == .max || size < 1 << 40)
    }

    /// The volume descriptors of ISO 9660 and UDF, from 32 KiB on.
    private static func discKinds(_ bytes: [UInt8]) -> [ContainerKind] {
        var kinds: [ContainerKind] = []
        for sector in 16..<32 {
            let start = sector * 2_048 + 1
            guard start + 5 <= bytes.count else { break }
            let name = bytes[start..<start + 5]
            if name.elementsEqual(("CD001" as StaticString).bytes), !kinds.contains(.iso) { kinds.append(.iso) }
            if name.elementsEqual(("NSR02" as StaticString).bytes)
                || name.elementsEqual(("NSR03" as StaticString).bytes)
            {
                // What shows both has the same files in both, but for one made by hand.
                if !kinds.contains(.udf) { kinds.append(.udf) }
            }
        }
        return kinds
    }

    /// Disk images that say at the end what they are.
    private static func kindByEnd(_ bytes: [UInt8]) -> ContainerKind? {
        guard bytes.count >= 512 else { return nil }
        let footer = bytes[(bytes.count - 512)...]
        if footer.starts(with: ("koly" as StaticString).bytes) { return .dmg }
        return footer.starts(with: ("conectix" as StaticString).bytes) ? .vhd : nil
    }

    /// Archives behind a program that unpacks them.
    private static func behindStub(_ bytes: [UInt8]) -> [FoundContainer] {
        let end = min(bytes.count, stubSize)
        let wanted: [([UInt8], ContainerKind)] = [
            (rarSignature + [0x00], .rar), (rarSignature + [0x01, 0x00], .rar5),
            ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0x00], .sevenZip), (("MSCF\0\0\0\0" as StaticString).bytes, .cab),
        ]
        return wanted.compactMap { signature, kind in
            bytes.firstPlace(of: signature, in: 0..<end).map { FoundContainer(kind: kind, range: $0..<bytes.count) }
        }
    }

    /// A viewer takes a header anywhere in the first kilobyte.
    private static func isPDF(_ bytes: [UInt8]) -> Bool {
        bytes.firstPlace(of: ("%PDF-" as StaticString).bytes, in: 0..<min(bytes.count, 1_024 + 5)) != nil
    }

    /// An OLE file that holds an encrypted OOXML document (MS-OFFCRYPTO, section 2.3.4), by the name of its stream.
    private static func isEncryptedOffice(_ bytes: [UInt8]) -> Bool {
        guard bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) else { return false }
        let name = ("EncryptedPackage" as StaticString).bytes.flatMap { [$0, 0] as [UInt8] }
        return bytes.firstPlace(of: name, in: 0..<bytes.count) != nil
    }
}

extension Span<UInt8> {
    fileprivate func has(_ signature: [UInt8], at offset: Int) -> Bool {
        guard count >= offset + signature.count else { return false }
        for place in signature.indices where self[offset + place] != signature[place] { return false }
        return true
    }
}

extension [UInt8] {
    /// The first place of the bytes in the range.
    func firstPlace(of wanted: [UInt8], in range: Range<Int>) -> Int? {
        guard let first = wanted.first, range.count >= wanted.count else { return nil }
        let span = span
        let end = range.upperBound - wanted.count
        var place = range.lowerBound
        while place <= end {
            if span[place] == first, span.has(wanted, at: place) { return place }
            place += 1
        }
        return nil
    }
}
