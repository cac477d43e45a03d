// SPDX-License-Identifier: Apache-2.0

import CArchive
import Foundation

/// A document that came packed (gzip, bzip2, xz, zip), as many feeds publish their dumps; told by its first bytes, because
/// neither names nor Content-Type are to be relied on.
enum PackedDocument {
    private static let chunk = 64 * 1_024
    /// Entries of a zip that are passed over to the first file: a dump is a file or two.
    private static let entryLimit = 100
    private static let marks: [[UInt8]] = [
        [0x1F, 0x8B], Array("BZh".utf8), [0xFD, 0x37, 0x7A, 0x58, 0x5A], Array("PK\u{3}\u{4}".utf8),
    ]

    /// Whether the file begins like a packed one.
    static func isPacked(_ path: String) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        guard let begin = try? file.read(upToCount: 8) else { return false }
        return marks.contains { begin.starts(with: $0) }
    }

    /// Unpacks the first file that is in it; never more than `limit` bytes, however small it came (a bomb is a fault).
    static func unpack(_ path: String, to target: String, limit: Int) throws(FeedFault) {
        guard FileManager.default.createFile(atPath: target, contents: nil, attributes: [.posixPermissions: 0o640]),
            let file = FileHandle(forWritingAtPath: target)
        else { throw FeedFault("\(target): cannot be made") }
        defer { try? file.close() }
        guard let archive = unsafe archive_read_new() else { throw FeedFault("\(path): no memory to unpack it") }
        defer { _ = unsafe archive_read_free(archive) }
        unsafe open(archive)
        guard unsafe archive_read_open_filename(archive, path, chunk) == ARCHIVE_OK else {
            throw unsafe fault(archive, path)
        }
        try unsafe findFile(archive, path)
        var size = 0
        var buffer = [UInt8](repeating: 0, count: chunk)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe archive_read_data(archive, $0.baseAddress, $0.count)
            }
            guard count >= 0 else { throw unsafe fault(archive, path) }
            guard count > 0 else { return }
            size += count
            guard size <= limit else { throw FeedFault("\(path): unpacked more than \(limit) bytes, the limit") }
            do { try file.write(contentsOf: Data(buffer.prefix(count))) } catch {
                throw FeedFault("\(target): \(error.localizedDescription)")
            }
        }
    }

    private static func open(_ archive: OpaquePointer) {
        unsafe archive_read_support_filter_gzip(archive)
        unsafe archive_read_support_filter_bzip2(archive)
        unsafe archive_read_support_filter_xz(archive)
        unsafe archive_read_support_format_zip(archive)
        unsafe archive_read_support_format_raw(archive)
    }

    private static func findFile(_ archive: OpaquePointer, _ path: String) throws(FeedFault) {
        for _ in 0..<entryLimit {
            var entry: OpaquePointer?
            let result = unsafe archive_read_next_header(archive, &entry)
            guard result != ARCHIVE_EOF else { throw FeedFault("\(path): there is no file in it") }
            guard result == ARCHIVE_OK || result == ARCHIVE_WARN, let entry = unsafe entry else {
                throw unsafe fault(archive, path)
            }
            if unsafe archive_entry_filetype(entry) & 0o170000 == 0o100000 { return }
        }
        throw FeedFault("\(path): no file among its first \(entryLimit) entries")
    }

    private static func fault(_ archive: OpaquePointer, _ path: String) -> FeedFault {
        let reason = unsafe archive_error_string(archive).map { unsafe String(cString: $0) } ?? "unknown"
        return FeedFault("\(path): cannot be unpacked: \(reason)")
    }
}
