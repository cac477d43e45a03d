// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A connection to a Unix socket, every step of which ends at a deadline.
final class UnixStream {
    private let descriptor: Int32
    private let deadline: ContinuousClock.Instant

    init(path: String, deadline: ContinuousClock.Instant) throws(StreamError) {
        self.deadline = deadline
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw StreamError(call: "socket") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard name.count < room else {
            throw StreamError(text: "the path of the socket is too long")
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw StreamError(call: "connect to \(path)") }
    }

    deinit { _ = close(descriptor) }

    func send(_ bytes: [UInt8]) throws(StreamError) {
        var start = 0
        while start < bytes.count {
            try wait(for: POLLOUT)
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress.map { unsafe $0 + start }, buffer.count - start,
                    Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { throw StreamError(call: "send") }
            start += count
        }
    }

    /// Gives the other side a descriptor of its own of the file, with one byte (unix(7), SCM_RIGHTS).
    func send(file: Int32) throws(StreamError) {
        try wait(for: POLLOUT)
        // struct cmsghdr: length (8 bytes), level, type (4 each); then the descriptor, up to a multiple of 8.
        var control: [UInt64] = [
            20, UInt64(UInt32(SOL_SOCKET)) | UInt64(UInt32(SCM_RIGHTS)) << 32, UInt64(UInt32(file)),
        ]
        var byte: UInt8 = 0
        let sent = unsafe control.withUnsafeMutableBytes { control in
            unsafe withUnsafeMutableBytes(of: &byte) { byte in
                var part = unsafe iovec(iov_base: byte.baseAddress, iov_len: 1)
                return unsafe withUnsafeMutablePointer(to: &part) { part in
                    var message = unsafe msghdr()
                    unsafe message.msg_iov = part
                    unsafe message.msg_iovlen = 1
                    unsafe message.msg_control = control.baseAddress
                    unsafe message.msg_controllen = control.count
                    return unsafe sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
                }
            }
        }
        guard sent == 1 else { throw StreamError(call: "sendmsg") }
    }

    /// All that comes until a zero byte, or until the other side closes; at most `limit` bytes.
    func answer(limit: Int) throws(StreamError) -> [UInt8] {
        var answer: [UInt8] = []
        while answer.count < limit {
            try wait(for: POLLIN)
            let room = min(4_096, limit - answer.count)
            var count = 0
            let piece = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
                count = unsafe recv(descriptor, buffer.baseAddress, room, 0)
                filled = max(0, count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StreamError(call: "recv") }
            if let end = piece.firstIndex(of: 0) { return answer + piece[..<end] }
            guard count > 0 else { return answer }
            answer += piece
        }
        throw StreamError(text: "the answer has more than \(limit) bytes")
    }

    private func wait(for event: Int32) throws(StreamError) {
        while true {
            let left = (deadline - .now) / .milliseconds(1)
            guard left > 0 else { throw StreamError(text: "no answer in time", isLate: true) }
            var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            let ready = unsafe poll(&entry, 1, Int32(clamping: Int(left) + 1))
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR else { throw StreamError(call: "poll") }
        }
    }
}

/// Why a connection is of no use any more.
struct StreamError: Error, CustomStringConvertible {
    let description: String
    let isLate: Bool

    init(text: String, isLate: Bool = false) {
        description = text
        self.isLate = isLate
    }

    init(call: String) {
        let code = errno
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        self.init(text: "\(call): \(reason)")
    }
}
