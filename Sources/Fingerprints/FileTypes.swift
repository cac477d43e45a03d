// SPDX-License-Identifier: Apache-2.0

import Bytes
import CMagic

/// libmagic could not be set up: without its data base no type can be told, so it is found out at the start.
package struct FileTypesError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
}

/// Tells media types by content, with libmagic: the answers are those of `file --mime-type`, but for a few that it does
/// not know.
///
/// A libmagic cookie serves one caller at a time and takes milliseconds to load, so each worker has its own, made at the
/// start; this class is one worker's.
@safe package final class FileTypes {
    /// Bytes at the start that are looked at: an ISO image says what it is at 32 KiB, everything else earlier.
    package static let headSize = 64 * 1_024
    /// What stands for content of no known kind.
    package static let unknown = "application/octet-stream"

    private let cookie: magic_t

    package init() throws(FileTypesError) {
        // No looking into compressed data: libmagic would start to unpack without our bounds.
        let flags = MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_ELF
        guard let cookie = unsafe magic_open(flags) else { throw FileTypesError(description: "libmagic has no memory") }
        unsafe self.cookie = cookie
        guard unsafe magic_load(cookie, nil) == 0 else {
            let reason = unsafe magic_error(cookie).map { unsafe String(cString: $0) }
            throw FileTypesError(description: "libmagic: \(reason ?? "no data base")")
        }
        unsafe Self.bound(cookie)
    }

    deinit {
        unsafe magic_close(cookie)
    }

    /// The media type of content that begins so; more than the head does no harm and costs no more.
    package func mediaType(ofHead head: Span<UInt8>) -> String {
        if let own = OwnSignatures.mediaType(of: head) { return own }
        let size = min(head.count, Self.headSize)
        guard size > 0 else { return "application/x-empty" }
        let answer = unsafe head.withUnsafeBufferPointer { unsafe magic_buffer(cookie, $0.baseAddress, size) }
        return unsafe answer.map { unsafe String(cString: $0) } ?? Self.unknown
    }

    /// Its own defaults let a regular expression and a search run over all of a megabyte.
    private static func bound(_ cookie: magic_t) {
        let bounds: [(Int32, Int)] = [
            (MAGIC_PARAM_BYTES_MAX, headSize), (MAGIC_PARAM_REGEX_MAX, 4_096), (MAGIC_PARAM_INDIR_MAX, 16),
            (MAGIC_PARAM_NAME_MAX, 32),
        ]
        for (name, bound) in bounds {
            var bound = bound
            _ = unsafe magic_setparam(cookie, name, &bound)
        }
    }
}

/// What libmagic takes for text or for nothing, and what opens something when it is double-clicked.
private enum OwnSignatures {
    static func mediaType(of head: Span<UInt8>) -> String? {
        for (signature, type) in binary where head.starts(with: signature) { return type }
        let text = head.textStart
        return texts.first { head.startsIgnoringCase($0.0, at: text) }?.1
    }

    /// The header size and class identifier of a shell link (MS-SHLLINK, section 2.1).
    private static let binary: [([UInt8], String)] = [
        ([0x4C, 0, 0, 0, 0x01, 0x14, 0x02, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46], "application/x-ms-shortcut"),
        // OneNote section and table of contents (MS-ONESTORE, section 2.3.1).
        (
            [0xE4, 0x52, 0x5C, 0x7B, 0x8C, 0xD8, 0xA7, 0x4D, 0xAE, 0xB1, 0x53, 0x78, 0xD0, 0x29, 0x96, 0xD3],
            "application/onenote"
        ),
        ([0x78, 0x9F, 0x3E, 0x22], "application/vnd.ms-tnef"),
    ]

    private static let texts: [([UInt8], String)] = [
        (("[internetshortcut" as StaticString).bytes, "application/x-mswinurl"),
        (("[desktop entry]" as StaticString).bytes, "application/x-desktop"),
        (("begin:vcalendar" as StaticString).bytes, "text/calendar"),
        (("<!doctype html" as StaticString).bytes, "text/html"),
        (("<html" as StaticString).bytes, "text/html"),
        (("<head" as StaticString).bytes, "text/html"),
        (("<body" as StaticString).bytes, "text/html"),
        (("<script" as StaticString).bytes, "text/html"),
        (("<iframe" as StaticString).bytes, "text/html"),
        (("<meta" as StaticString).bytes, "text/html"),
        (("<a href" as StaticString).bytes, "text/html"),
        (("<svg" as StaticString).bytes, "image/svg+xml"),
        (("<hta:application" as StaticString).bytes, "application/hta"),
    ]
}

extension Span<UInt8> {
    fileprivate func starts(with signature: [UInt8]) -> Bool {
        guard count >= signature.count else { return false }
        for place in signature.indices where self[place] != signature[place] { return false }
        return true
    }

    fileprivate func startsIgnoringCase(_ word: [UInt8], at start: Int) -> Bool {
        guard count - start >= word.count else { return false }
        for place in word.indices where self[start + place].lowercased != word[place] { return false }
        return true
    }

    /// Behind a byte order mark and white space.
    fileprivate var textStart: Int {
        var place = starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while place < Swift.min(count, 1_024), self[place] <= 0x20, self[place] != 0 { place += 1 }
        return place
    }
}
