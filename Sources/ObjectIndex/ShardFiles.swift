// SPDX-License-Identifier: Apache-2.0

// The one file of this module with `unsafe`: it maps a file and writes a file, by system calls that take C pointers, and
// and-s bytes of a mapped file as words.

import Cryptography
import Glibc

/// A file, mapped for reading; unmapped when the last user lets go.
///
/// Nobody cuts such a file short: it is replaced by rename, or removed, which leaves a mapping alone.
@safe final class MappedFile: Sendable {
    let path: String
    let count: Int
    /// Nil for an empty file, which cannot be mapped; never written to, so it may be shared.
    private nonisolated(unsafe) let base: UnsafeRawPointer?

    init(path: String) throws(ObjectIndexError) {
        self.path = path
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ObjectIndexError(errno == ENOENT ? .missing : .unreadable, path, "cannot be opened: \(reason(errno))")
        }
        defer { _ = close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ObjectIndexError(.unreadable, path, "is no ordinary file")
        }
        count = Int(status.st_size)
        guard count > 0 else {
            unsafe base = nil
            return
        }
        let mapping = unsafe mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0)
        guard unsafe mapping != MAP_FAILED else {
            throw ObjectIndexError(.unreadable, path, "cannot be mapped: \(reason(errno))")
        }
        // Rows stand far apart: reading ahead would read what nobody asks for.
        unsafe _ = madvise(mapping, count, MADV_RANDOM)
        unsafe base = UnsafeRawPointer(mapping)
    }

    deinit {
        if let base = unsafe base { _ = unsafe munmap(UnsafeMutableRawPointer(mutating: base), count) }
    }

    /// Lends the bytes to the body.
    func withBytes<Value, Failure: Error>(_ body: (Span<UInt8>) throws(Failure) -> Value) throws(Failure) -> Value {
        guard let base = unsafe base else { return try body(Span()) }
        defer { withExtendedLifetime(self) {} }
        let bytes = unsafe UnsafeBufferPointer(start: base.assumingMemoryBound(to: UInt8.self), count: count)
        return try body(unsafe Span(_unsafeElements: bytes))
    }
}

/// Writes a file beside its place, and renames it there when all is on disk.
struct ShardWriter: ~Copyable {
    private let path: String
    private let beside: String
    private let descriptor: CInt
    private var hash = SHA256()
    private var isDone = false

    init(path: String) throws(ObjectIndexError) {
        self.path = path
        beside = path + ".new"
        // Grams of mail are nearly mail: nobody but the owner reads them.
        descriptor = unsafe open(beside, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ObjectIndexError(.unwritable, beside, "cannot be made: \(reason(errno))") }
        try put([UInt8](repeating: 0, count: ShardLayout.headerSize))
    }

    deinit {
        _ = close(descriptor)
        if !isDone { _ = unsafe unlink(beside) }
    }

    mutating func append(_ words: [UInt64]) throws(ObjectIndexError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words.count * 8)
        for word in words { for byte in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(byte * 8))) } }
        try append(bytes)
    }

    mutating func append(_ bytes: [UInt8]) throws(ObjectIndexError) {
        hash.update(bytes.span)
        try put(bytes)
    }

    /// Puts the header, with the checksum behind its words, at the start; syncs and renames.
    consuming func finish(header: [UInt64]) throws(ObjectIndexError) {
        var whole = SHA256()
        swap(&whole, &hash)
        let digest = whole.digest()
        guard lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw ObjectIndexError(.unwritable, beside, "cannot be gone back in: \(reason(errno))")
        }
        try put(header.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) } } + digest)
        guard fsync(descriptor) == 0 else {
            throw ObjectIndexError(.unwritable, beside, "cannot be synced: \(reason(errno))")
        }
        guard unsafe rename(beside, path) == 0 else {
            throw ObjectIndexError(.unwritable, path, "cannot be replaced: \(reason(errno))")
        }
        isDone = true
        try syncDirectory()
    }

    private func put(_ bytes: [UInt8]) throws(ObjectIndexError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw ObjectIndexError(.unwritable, beside, "cannot be written: \(reason(count == 0 ? ENOSPC : errno))")
            }
            done += count
        }
    }

    /// A rename is on disk only when its directory is.
    private func syncDirectory() throws(ObjectIndexError) {
        let directory = String(path.lastIndex(of: "/").map { path[...$0] } ?? ".")
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ObjectIndexError(.unwritable, directory, "cannot be opened: \(reason(errno))")
        }
        defer { _ = close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw ObjectIndexError(.unwritable, directory, "cannot be synced: \(reason(errno))")
        }
    }
}

private func reason(_ number: CInt) -> String {
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
}

extension [UInt64] {
    /// Rows that are fetched together before a look whether any bit is left: the ways to memory overlap, and after so many
    /// rows mostly none is.
    private static let rowsAtOnce = 4

    /// Becomes the bits that are set in the rows, of `size` bytes, of all places, the first bit the lowest; answers whether
    /// there is one.
    ///
    /// `start`: where a place's row begins.
    @inline(__always)
    mutating func combine(rowsOf places: [Int], size: Int, of bytes: Span<UInt8>, start: (Int) -> Int) -> Bool {
        let count = (size + 7) / 8
        removeAll(keepingCapacity: true)
        append(contentsOf: repeatElement(~0, count: count))
        var next = 0
        while next < places.count {
            // The last group is filled up by repeating its last row.
            let last = places.count - 1
            let starts = SIMD4(
                start(places[next]), start(places[Swift.min(next + 1, last)]), start(places[Swift.min(next + 2, last)]),
                start(places[Swift.min(next + 3, last)]))
            var left: UInt64 = 0
            for word in 0..<count {
                let one = bytes.word(of: starts[0], size: size, number: word)
                let two = bytes.word(of: starts[1], size: size, number: word)
                let three = bytes.word(of: starts[2], size: size, number: word)
                let four = bytes.word(of: starts[3], size: size, number: word)
                self[word] &= one & two & three & four
                left |= self[word]
            }
            if left == 0 { return false }
            next += Self.rowsAtOnce
        }
        return true
    }
}

extension Span<UInt8> {
    /// A word of the row of so many bytes there, zeros behind its end.
    @inline(__always) fileprivate func word(of start: Int, size: Int, number: Int) -> UInt64 {
        let (place, rest) = (start + number * 8, size - number * 8)
        precondition(rest > 0 && place >= 0 && place <= count - Swift.min(rest, 8), "a row beyond the file")
        // What stands behind the row is another one, but for the last rows of the file.
        guard place <= count - 8 else {
            return (0..<Swift.min(rest, 8)).reduce(0) { $0 | UInt64(self[place + $1]) << UInt64($1 * 8) }
        }
        let word = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt64.self)
        return UInt64(littleEndian: word) & (rest < 8 ? (1 << UInt64(rest * 8)) - 1 : ~0)
    }
}
