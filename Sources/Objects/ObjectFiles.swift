// SPDX-License-Identifier: Apache-2.0

// The system calls of this module, and most of its `unsafe` lines: each hands a buffer or a name to the C library for the
// time of one call.

import Glibc

/// A file that is being written or read; closed when nobody holds it any more.
final class ObjectFile {
    let path: String
    private let descriptor: Int32

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { _ = close(descriptor) }

    /// Makes the file; an old one of that name goes.
    static func create(_ path: String) throws(ObjectError) -> ObjectFile {
        try open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
    }

    /// Nil when there is none.
    static func read(_ path: String) throws(ObjectError) -> ObjectFile? {
        do { return try open(path, O_RDONLY | O_NOFOLLOW) } catch {
            if errno == ENOENT { return nil }
            throw error
        }
    }

    private static func open(_ path: String, _ flags: Int32) throws(ObjectError) -> ObjectFile {
        let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw failure("open", path) }
        return ObjectFile(path: path, descriptor: descriptor)
    }

    func write(_ bytes: [UInt8]) throws(ObjectError) {
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress.map { unsafe $0 + start }, buffer.count - start)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write", path) }
            start += count
        }
    }

    /// Up to that many bytes; fewer at the end of the file only.
    func read(_ count: Int) throws(ObjectError) -> [UInt8] {
        var failed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = unsafe buffer.baseAddress.map { unsafe $0 + filled }
                let got = unsafe Glibc.read(descriptor, rest, count - filled)
                if got > 0 { filled += got }
                if got == 0 { return }
                if got < 0, errno != EINTR {
                    failed = true
                    return
                }
            }
        }
        if failed { throw Self.failure("read", path) }
        return bytes
    }

    /// Goes past bytes that are not read.
    func skip(_ count: Int) throws(ObjectError) {
        guard lseek(descriptor, off_t(count), SEEK_CUR) >= 0 else { throw Self.failure("lseek", path) }
    }

    /// Content and name are on the disk: the file systems that Linux servers have (ext4, XFS, Btrfs) write the entry of a new
    /// file with it.
    func synchronize() throws(ObjectError) {
        guard fsync(descriptor) == 0 else { throw Self.failure("fsync", path) }
    }

    /// Bytes in the file.
    var size: Int {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Permission bits.
    var mode: mode_t {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? status.st_mode & 0o7777 : 0o7777
    }

    static func failure(_ call: String, _ path: String) -> ObjectError {
        let code = errno
        let text = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        errno = code
        return ObjectError("\(call) of \(path): \(text)")
    }
}

/// Names in directories.
enum ObjectNames {
    static func makeDirectory(_ path: String, _ mode: mode_t) throws(ObjectError) {
        guard unsafe mkdir(path, mode) != 0 else {
            // Whatever the umask, the milter must be able to pass through.
            unsafe chmod(path, mode)
            return
        }
        guard errno == EEXIST else { throw ObjectFile.failure("mkdir", path) }
    }

    static func rename(_ old: String, _ new: String) throws(ObjectError) {
        guard unsafe Glibc.rename(old, new) == 0 else { throw ObjectFile.failure("rename", old) }
    }

    /// A file that is gone already is fine; answers whether it was there.
    @discardableResult
    static func remove(_ path: String) throws(ObjectError) -> Bool {
        if unsafe unlink(path) == 0 { return true }
        guard errno == ENOENT else { throw ObjectFile.failure("unlink", path) }
        return false
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Seconds since the last change; nil when there is no such file.
    static func age(_ path: String) -> Int? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        return time(nil) - status.st_mtim.tv_sec
    }

    /// When the file was last changed, in nanoseconds since 1970; nil when there is no such file.
    static func changed(_ path: String) -> Int? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        return status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    }

    /// At most `limit` names, in no order; none when there is no such directory.
    static func list(_ path: String, limit: Int) throws(ObjectError) -> [String] {
        guard let directory = unsafe opendir(path) else {
            guard errno != ENOENT else { return [] }
            throw ObjectFile.failure("opendir", path)
        }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while names.count < limit, let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
