// SPDX-License-Identifier: Apache-2.0

// The system calls of this module, and its only `unsafe` lines: each hands a buffer or a name to the C library for the
// time of one call.

import Glibc

/// A file descriptor that is closed when nobody holds it any more.
package final class OpenFile: Sendable {
    package let path: String
    let descriptor: Int32

    init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        // A process that is being started has the descriptor too, until its exec: closing ours alone would not unlock.
        _ = flock(descriptor, LOCK_UN)
        _ = Glibc.close(descriptor)
    }

    /// Opens with the flags of open(2); a file that is made gets `mode`, whatever the umask.
    static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o640) throws(SystemError) -> OpenFile {
        let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw SystemError(call: "open", path: path, code: errno) }
        // Fails for a file of another user, which then has the mode that user gave it.
        if flags & O_CREAT != 0 { _ = fchmod(descriptor, mode) }
        return OpenFile(path: path, descriptor: descriptor)
    }

    /// Up to `count` bytes from `offset` on; fewer at the end of the file only.
    func read(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = unsafe pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), count - filled, offset + filled)
                if got > 0 {
                    filled += got
                } else if got == 0 {
                    return
                } else if errno != EINTR {
                    failure = errno
                    return
                }
            }
        }
        guard failure == 0 else { throw SystemError(call: "pread", path: path, code: failure) }
        return bytes
    }

    /// Size in bytes and the time of the last change, as seconds since 1970.
    func status() throws(SystemError) -> (size: Int, changed: Int) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw SystemError(call: "fstat", path: path, code: errno) }
        return (Int(status.st_size), status.st_mtim.tv_sec)
    }

    /// Whether this process has the file alone now; the lock goes with the descriptor.
    func lock() -> Bool {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EINTR else { return false }
        }
        return true
    }
}

/// The file layer that is used outside of tests.
package struct DiskFiles: FileLayer {
    package init() {}

    package func create(_ path: String) throws(SystemError) -> OpenFile {
        try OpenFile.open(path, O_WRONLY | O_CREAT | O_EXCL)
    }

    package func write(
        _ bytes: [UInt8], from start: Int, to file: OpenFile, at offset: Int
    ) throws(SystemError) -> Int {
        let count = unsafe bytes.withUnsafeBytes { buffer in
            let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer.dropFirst(start))
            return unsafe pwrite(file.descriptor, rest.baseAddress, rest.count, offset)
        }
        guard count >= 0 else { throw SystemError(call: "pwrite", path: file.path, code: errno) }
        return count
    }

    package func synchronize(_ file: OpenFile) throws(SystemError) {
        guard fdatasync(file.descriptor) == 0 else {
            throw SystemError(call: "fdatasync", path: file.path, code: errno)
        }
    }

    package func truncate(_ file: OpenFile, to length: Int) throws(SystemError) {
        guard ftruncate(file.descriptor, length) == 0 else {
            throw SystemError(call: "ftruncate", path: file.path, code: errno)
        }
    }

    package func synchronizeDirectory(_ path: String) throws(SystemError) {
        let directory = try OpenFile.open(path, O_RDONLY | O_DIRECTORY)
        guard fsync(directory.descriptor) == 0 else { throw SystemError(call: "fsync", path: path, code: errno) }
    }
}

/// Directories and names.
enum DiskDirectory {
    /// Makes the directory and those above it; readers of the group may also remove what they have read.
    static func make(_ path: String) throws(SystemError) {
        do throws(SystemError) {
            return try makeOne(path)
        } catch {
            guard error.code == ENOENT else { throw error }
        }
        for (index, byte) in path.utf8.enumerated() where byte == UInt8(ascii: "/") && index > 0 {
            try makeOne(String(path.utf8.prefix(index)) ?? path)
        }
        try makeOne(path)
    }

    private static func makeOne(_ path: String) throws(SystemError) {
        guard unsafe mkdir(path, 0o770) != 0, errno != EEXIST else { return }
        throw SystemError(call: "mkdir", path: path, code: errno)
    }

    /// The segments in the directory, by number; none when there is no such directory.
    static func segments(_ path: String) throws(SystemError) -> [Int] {
        guard let directory = unsafe opendir(path) else {
            guard errno != ENOENT else { return [] }
            throw SystemError(call: "opendir", path: path, code: errno)
        }
        defer { unsafe closedir(directory) }
        var numbers: [Int] = []
        errno = 0
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if let number = JournalFile.segment(name) { numbers.append(number) }
            errno = 0
        }
        guard errno == 0 else { throw SystemError(call: "readdir", path: path, code: errno) }
        return numbers.sorted()
    }

    /// Removes a file; one that is gone already is fine.
    static func remove(_ path: String) throws(SystemError) {
        guard unsafe unlink(path) != 0, errno != ENOENT else { return }
        throw SystemError(call: "unlink", path: path, code: errno)
    }

    /// Seconds since 1970.
    static var now: Int { time(nil) }
}

/// What the system calls the error.
func errorText(_ code: Int32) -> String {
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
}
