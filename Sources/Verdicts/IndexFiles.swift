// SPDX-License-Identifier: Apache-2.0

// The file of this module with `unsafe`: it maps a file and replaces a file, both by system calls that take C pointers.
// Everything above works on a `Span`, bounds-checked (SipHash's one `unsafe` is too: it loads eight bytes at once).
//
// A mapping, not a copy: three processes share one copy of the index in the page cache, and a change costs no reading.
// Its price is SIGBUS when somebody cuts the file short under us; the writer below never does, it replaces by rename.

import Glibc

/// What tells one version of a file from the next.
struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let seconds: Int
    private let nanoseconds: Int

    fileprivate init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }

    /// The file that stands at the path now; nil when there is none, or it cannot be looked at.
    init?(path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}

/// A file of 64-bit words, mapped for reading; unmapped when the last user lets go.
@safe final class MappedWords: Sendable {
    let identity: FileIdentity
    let count: Int
    /// Nil for an empty file, which cannot be mapped; never written to, so it may be shared.
    private nonisolated(unsafe) let base: UnsafeRawPointer?

    init(path: String) throws(VerdictIndexError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw VerdictIndexError(
                errno == ENOENT ? .missing : .unreadable, path, "cannot be opened: \(reason(errno))")
        }
        defer { _ = close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw VerdictIndexError(.unreadable, path, "cannot be looked at: \(reason(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw VerdictIndexError(.damaged, path, "is no ordinary file") }
        let size = Int(status.st_size)
        guard size.isMultiple(of: 8) else {
            throw VerdictIndexError(.damaged, path, "\(size) bytes are no whole number of 8-byte words")
        }
        identity = FileIdentity(status)
        count = size / 8
        guard size > 0 else {
            unsafe base = nil
            return
        }
        let mapping = unsafe mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0)
        guard unsafe mapping != MAP_FAILED else {
            throw VerdictIndexError(.unreadable, path, "cannot be mapped: \(reason(errno))")
        }
        unsafe base = UnsafeRawPointer(mapping)
    }

    deinit {
        if let base = unsafe base { _ = unsafe munmap(UnsafeMutableRawPointer(mutating: base), count * 8) }
    }

    /// Lends the words to the body.
    func withWords<Value, Failure: Error>(_ body: (Span<UInt64>) throws(Failure) -> Value) throws(Failure) -> Value {
        guard let base = unsafe base else { return try body(Span()) }
        defer { withExtendedLifetime(self) {} }
        let words = unsafe UnsafeBufferPointer(start: base.assumingMemoryBound(to: UInt64.self), count: count)
        return try body(unsafe Span(_unsafeElements: words))
    }
}

/// Puts a whole file in the place of another, durably: a reader sees the old one or the new one, also after a crash.
enum FileReplacement {
    /// Writes beside the path, syncs, renames, and syncs the directory.
    ///
    /// One process writes an index, so the name beside it is fixed, and what a crash left there is overwritten.
    static func write(_ words: [UInt64], to path: String) throws(VerdictIndexError) {
        let beside = path + ".new"
        let descriptor = unsafe open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw VerdictIndexError(.unwritable, beside, "cannot be made: \(reason(errno))") }
        do throws(VerdictIndexError) {
            defer { _ = close(descriptor) }
            // The milter and the redirector run as other users and read it; it holds hashes under a key, no mail.
            guard fchmod(descriptor, 0o644) == 0 else {
                throw VerdictIndexError(.unwritable, beside, "cannot be made readable: \(reason(errno))")
            }
            try fill(descriptor, words, beside)
            guard fsync(descriptor) == 0 else {
                throw VerdictIndexError(.unwritable, beside, "cannot be synced: \(reason(errno))")
            }
            guard unsafe rename(beside, path) == 0 else {
                throw VerdictIndexError(.unwritable, path, "cannot be replaced: \(reason(errno))")
            }
        } catch {
            _ = unsafe unlink(beside)
            throw error
        }
        try syncDirectory(of: path)
    }

    private static func fill(_ descriptor: CInt, _ words: [UInt64], _ path: String) throws(VerdictIndexError) {
        var problem: CInt = 0
        unsafe words.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    problem = count == 0 ? ENOSPC : errno
                    return
                }
                done += count
            }
        }
        guard problem == 0 else { throw VerdictIndexError(.unwritable, path, "cannot be written: \(reason(problem))") }
    }

    /// A rename is on disk only when its directory is.
    private static func syncDirectory(of path: String) throws(VerdictIndexError) {
        let directory = path.lastIndex(of: "/").map { path[...$0] } ?? "."
        let descriptor = unsafe open(String(directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw VerdictIndexError(.unwritable, String(directory), "cannot be opened: \(reason(errno))")
        }
        defer { _ = close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw VerdictIndexError(.unwritable, String(directory), "cannot be synced: \(reason(errno))")
        }
    }
}

private func reason(_ number: CInt) -> String {
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
}
