// SPDX-License-Identifier: Apache-2.0

import CArchive

/// Content in the form in which people hand malicious files to one another: a zip archive encrypted with AES-256 under the
/// password everybody knows, so that no mail filter, virus scanner or careless double click meets it on the way.
package enum ProtectedArchive {
    package static let password = "infected"

    /// The archive with one member of that name; nil when libarchive makes none.
    package static func archive(_ content: [UInt8], name: String) -> [UInt8]? {
        let archive = unsafe archive_write_new()
        defer { unsafe archive_write_free(archive) }
        let out = Output()
        let receiver = unsafe Unmanaged.passUnretained(out).toOpaque()
        guard unsafe archive_write_set_format_zip(archive) == ARCHIVE_OK,
            unsafe archive_write_set_options(archive, "zip:encryption=aes256") == ARCHIVE_OK,
            unsafe archive_write_set_passphrase(archive, password) == ARCHIVE_OK,
            unsafe archive_write_open(archive, receiver, nil, { unsafe append($1, $2, $3) }, nil) == ARCHIVE_OK,
            unsafe add(content, name, to: archive), unsafe archive_write_close(archive) == ARCHIVE_OK
        else { return nil }
        return withExtendedLifetime(out) { out.bytes }
    }

    private static func add(_ content: [UInt8], _ name: String, to archive: OpaquePointer?) -> Bool {
        let entry = unsafe archive_entry_new()
        defer { unsafe archive_entry_free(entry) }
        unsafe archive_entry_set_pathname_utf8(entry, name)
        unsafe archive_entry_set_size(entry, la_int64_t(content.count))
        // A regular file (S_IFREG), readable by its owner alone.
        unsafe archive_entry_set_filetype(entry, 0o100000)
        unsafe archive_entry_set_perm(entry, 0o600)
        guard unsafe archive_write_header(archive, entry) == ARCHIVE_OK else { return false }
        var start = 0
        while start < content.count {
            let written = unsafe content.withUnsafeBytes { buffer in
                unsafe archive_write_data(
                    archive, buffer.baseAddress.map { unsafe $0 + start }, buffer.count - start)
            }
            guard written > 0 else { return false }
            start += written
        }
        return true
    }
}

/// What libarchive has written so far.
private final class Output {
    var bytes: [UInt8] = []
}

private func append(_ receiver: UnsafeMutableRawPointer?, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    guard let receiver = unsafe receiver else { return -1 }
    let out = unsafe Unmanaged<Output>.fromOpaque(receiver).takeUnretainedValue()
    unsafe out.bytes.append(contentsOf: UnsafeRawBufferPointer(start: buffer, count: count))
    return count
}
