// SPDX-License-Identifier: Apache-2.0

import Bytes
import CArchive
import Foundation

/// One pass of libarchive over bytes at hand: one format or filter, the one that was told by signature.
///
/// Nothing but the callbacks below reads, no external program is started (only filters that are compiled in are asked
/// for), and a deadline ends it from within, also where libarchive works long before it gives anything.
@safe struct ArchiveReader: ~Copyable {
    /// How a container is read.
    enum Reading: Hashable {
        case usual
        /// Only the headers before the members.
        case zipHeaders
        /// The archive within a compressed stream, without holding the stream's content.
        case within(ContainerKind)
    }

    /// What comes next.
    enum Step {
        case entry(Entry)
        case end
        /// Not even its directory can be read without a password.
        case locked
        case broken
        case late
    }

    struct Entry {
        let name: [UInt8]
        let size: Int?
        let isEncrypted: Bool
        let isFile: Bool
    }

    enum Piece {
        /// Some bytes were lent.
        case lent
        case end
        /// No password, or not this one.
        case locked
        case broken
        case late
    }

    /// `AE_IFDIR`, whose macro Swift cannot read.
    private static let directory: mode_t = 0o040000

    private let archive: OpaquePointer?
    private let source: ArchiveSource
    private let nameSize: Int
    /// Whether libarchive took it for what its signature says.
    private var isOpen = false
    /// Bytes of all members so far.
    private var unpacked = 0

    /// Nil when libarchive has no reader for it.
    init?(
        _ bytes: UnsafeBufferPointer<UInt8>, as kind: ContainerKind, _ reading: Reading, password: [UInt8]?,
        deadline: ContinuousClock.Instant, nameSize: Int
    ) {
        source = unsafe ArchiveSource(bytes, deadline: deadline)
        self.nameSize = nameSize
        unsafe archive = archive_read_new()
        guard unsafe archive != nil, enable(kind, reading) else { return nil }
        isOpen = open(password)
    }

    deinit {
        unsafe archive_read_free(archive)
    }

    private func enable(_ kind: ContainerKind, _ reading: Reading) -> Bool {
        if case .within(let inner) = reading { return filter(kind) && format(inner, .usual) }
        guard kind.isFilter else { return format(kind, reading) }
        guard filter(kind) else { return false }
        return unsafe archive_read_support_format_raw(archive) == ARCHIVE_OK
    }

    private func format(_ kind: ContainerKind, _ reading: Reading) -> Bool {
        let result: Int32? =
            switch kind {
            case .zip where reading == .zipHeaders: unsafe archive_read_support_format_zip_streamable(archive)
            case .zip: unsafe archive_read_support_format_zip_seekable(archive)
            case .tar: unsafe archive_read_support_format_tar(archive)
            case .cpio: unsafe archive_read_support_format_cpio(archive)
            case .ar: unsafe archive_read_support_format_ar(archive)
            case .cab: unsafe archive_read_support_format_cab(archive)
            case .iso: unsafe archive_read_support_format_iso9660(archive)
            case .rar: unsafe archive_read_support_format_rar(archive)
            case .rar5: unsafe archive_read_support_format_rar5(archive)
            case .sevenZip: unsafe archive_read_support_format_7zip(archive)
            case .lha: unsafe archive_read_support_format_lha(archive)
            default: nil
            }
        return result == ARCHIVE_OK
    }

    /// `ARCHIVE_WARN` would mean an external program.
    private func filter(_ kind: ContainerKind) -> Bool {
        let result: Int32? =
            switch kind {
            case .gzip: unsafe archive_read_support_filter_gzip(archive)
            case .bzip2: unsafe archive_read_support_filter_bzip2(archive)
            case .xz: unsafe archive_read_support_filter_xz(archive)
            case .lzma: unsafe archive_read_support_filter_lzma(archive)
            case .lzip: unsafe archive_read_support_filter_lzip(archive)
            case .zstd: unsafe archive_read_support_filter_zstd(archive)
            case .lz4: unsafe archive_read_support_filter_lz4(archive)
            case .compress: unsafe archive_read_support_filter_compress(archive)
            default: nil
            }
        return result == ARCHIVE_OK
    }

    private func open(_ password: [UInt8]?) -> Bool {
        if let password {
            let text = password.filter { $0 != 0 } + [0]
            _ = unsafe text.withUnsafeBytes { unsafe archive_read_add_passphrase(archive, $0.baseAddress) }
        }
        return unsafe source.attach(to: archive) == ARCHIVE_OK
    }

    /// The next member; what was not read of the one before is skipped.
    mutating func next() -> Step {
        guard isOpen else { return source.isLate ? .late : .broken }
        var entry: OpaquePointer?
        let result = unsafe archive_read_next_header(archive, &entry)
        if source.isLate { return .late }
        switch result {
        case ARCHIVE_EOF: return .end
        case ARCHIVE_OK, ARCHIVE_WARN, ARCHIVE_RETRY:
            return unsafe entry.map { unsafe .entry(described($0)) } ?? .broken
        default: return isLocked ? .locked : .broken
        }
    }

    private func described(_ entry: OpaquePointer) -> Entry {
        let name = unsafe archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)
        let bytes = unsafe name.map { name in
            unsafe Array(UnsafeRawBufferPointer(start: name, count: strnlen(name, nameSize)))
        }
        let size = unsafe archive_entry_size_is_set(entry) == 0 ? nil : archive_entry_size(entry)
        // A link to another member has no bytes of its own; the member itself is read.
        let isLink = unsafe archive_entry_hardlink(entry) != nil || archive_entry_symlink(entry) != nil
        let isEncrypted =
            unsafe archive_entry_is_data_encrypted(entry) == 1
            || archive_entry_is_metadata_encrypted(entry) == 1
        let isDirectory = unsafe archive_entry_filetype(entry) == Self.directory
        return Entry(
            name: bytes ?? [], size: size.map { Int(clamping: $0) }, isEncrypted: isEncrypted,
            isFile: !isDirectory && !isLink)
    }

    /// Lends the next bytes of the member.
    ///
    /// A hole is not filled: `skipped` says how large it is.
    mutating func read(_ take: (_ skipped: Int, Span<UInt8>) -> Void) -> Piece {
        var (start, size, offset): (UnsafeRawPointer?, Int, Int64) = (nil, 0, 0)
        let result = unsafe archive_read_data_block(archive, &start, &size, &offset)
        if source.isLate { return .late }
        switch result {
        case ARCHIVE_EOF: return .end
        case ARCHIVE_OK, ARCHIVE_WARN, ARCHIVE_RETRY:
            // A warning is a checksum that does not fit, or a member cut short.
            let bytes = unsafe UnsafeBufferPointer(start: start?.assumingMemoryBound(to: UInt8.self), count: size)
            let skipped = max(0, Int(clamping: offset) &- source.lent)
            source.lent = Int(clamping: offset) &+ size
            unpacked = unpacked &+ skipped &+ size
            unsafe take(skipped, bytes.span)
            return result == ARCHIVE_OK ? .lent : .broken
        default: return isLocked ? .locked : .broken
        }
    }

    /// Whether more came out than so many bytes, and more than so many times what went in.
    func isOver(_ limits: UnpackingLimits) -> Bool {
        unpacked > limits.ratioAllowance && unpacked / limits.ratio >= max(1, source.given)
    }

    /// Starts the count of a new member's bytes.
    mutating func beginMember() { source.lent = 0 }

    /// libarchive has no code for it, only its words.
    private var isLocked: Bool {
        guard let words = unsafe archive_error_string(archive) else { return false }
        let text = unsafe String(cString: words)
        return text.contains("assphrase") || text.contains("ncrypt")
    }
}
