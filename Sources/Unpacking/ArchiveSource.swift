// SPDX-License-Identifier: Apache-2.0

import CArchive

/// The bytes that libarchive asks for, lent in pieces so that time is looked at between them.
///
/// The bytes must outlive this; `Unpacker` borrows them around every use.
@safe final class ArchiveSource {
    /// Small enough that a deadline is met, large enough that the calls cost nothing.
    private static let pieceSize = 32 * 1_024

    private let bytes: UnsafeBufferPointer<UInt8>
    private let count: Int
    private let deadline: ContinuousClock.Instant
    private var place = 0
    private(set) var isLate = false
    /// Bytes that libarchive was given.
    private(set) var given = 0
    /// Where in the present member the bytes lent so far end.
    var lent = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, deadline: ContinuousClock.Instant) {
        unsafe self.bytes = bytes
        count = bytes.count
        self.deadline = deadline
    }

    /// Whether the deadline has passed; once it has, it stays so.
    func checkTime() -> Bool {
        if !isLate { isLate = ContinuousClock.now > deadline }
        return isLate
    }

    /// Opens the archive over these bytes; the result is libarchive's.
    func attach(to archive: OpaquePointer?) -> Int32 {
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe archive_read_set_read_callback(archive) { _, me, out in
            guard let me = unsafe me, let out = unsafe out else { return -1 }
            return unsafe Unmanaged<ArchiveSource>.fromOpaque(me).takeUnretainedValue().read(into: out)
        }
        unsafe archive_read_set_skip_callback(archive) { _, me, count in
            guard let me = unsafe me else { return 0 }
            return unsafe Unmanaged<ArchiveSource>.fromOpaque(me).takeUnretainedValue().skip(count)
        }
        unsafe archive_read_set_seek_callback(archive) { _, me, offset, whence in
            guard let me = unsafe me else { return Int64(ARCHIVE_FATAL) }
            return unsafe Unmanaged<ArchiveSource>.fromOpaque(me).takeUnretainedValue().seek(offset, whence)
        }
        unsafe archive_read_set_callback_data(archive, me)
        return unsafe archive_read_open1(archive)
    }

    private func read(into out: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
        guard !checkTime() else { return -1 }
        let size = min(Self.pieceSize, count - place)
        unsafe out.pointee = UnsafeRawPointer(bytes.baseAddress)?.advanced(by: place)
        place += size
        given += size
        return size
    }

    private func skip(_ wanted: Int64) -> Int64 {
        let size = min(max(0, Int(clamping: wanted)), count - place)
        place += size
        return Int64(size)
    }

    private func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
        let start: Int
        switch whence {
        case 0: start = 0
        case 1: start = place
        default: start = count
        }
        let (target, overflow) = start.addingReportingOverflow(Int(clamping: offset))
        guard !overflow, target >= 0, target <= count, !checkTime() else { return Int64(ARCHIVE_FATAL) }
        place = target
        return Int64(target)
    }
}
