// SPDX-License-Identifier: Apache-2.0

import Bytes
import CCurl
import Glibc

/// A connection to the mailbox server that libcurl opened: TCP, TLS, greeting and login; after that, bytes both ways.
///
/// libcurl can also run commands (CURLOPT_CUSTOMREQUEST), but it closes the connection at every NO, takes the text for
/// part of a URL, cuts long lines and knows no literals: so only the part it does well is its own (CURLOPT_CONNECT_ONLY).
/// The only place of this module that touches C, used by one thread at a time. Safe to use: the handle lives as long as
/// the object, and libcurl copies every text it is given.
@safe final class CurlConnection {
    private let handle: UnsafeMutableRawPointer
    private let received = Received()
    private let place: String
    private let timeout: Duration

    /// Connects and logs in.
    init(_ server: MailboxServer, login: String) throws(QuarantineError) {
        guard let handle = unsafe curl_easy_init() else {
            throw QuarantineError(.unreachable, "libcurl gives no handle")
        }
        unsafe self.handle = handle
        place = server.place
        timeout = .seconds(server.commandTimeout)
        configure(server, login: login)
        let code = unsafe curl_easy_perform(handle)
        guard code != CURLE_OK else { return }
        if code == CURLE_LOGIN_DENIED { throw loginError() }
        throw QuarantineError(.unreachable, "no connection to \(place): \(Self.words(code))")
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
    }

    /// Sends all bytes, or throws when the server does not take them in time.
    func send(_ bytes: [UInt8]) throws(QuarantineError) {
        let deadline = ContinuousClock.now + timeout
        var rest = bytes[...]
        while !rest.isEmpty {
            var sent = 0
            let code = unsafe rest.withUnsafeBytes { unsafe curl_easy_send(handle, $0.baseAddress, $0.count, &sent) }
            rest = rest.dropFirst(sent)
            try proceed(after: code, to: POLLOUT, until: deadline)
        }
    }

    /// Waits for bytes and returns what there is, at most 64 KiB.
    func receive(until deadline: ContinuousClock.Instant) throws(QuarantineError) -> [UInt8] {
        var code = CURLE_OK
        repeat {
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
                unsafe code = curl_easy_recv(handle, buffer.baseAddress, buffer.count, &count)
                if code != CURLE_OK { count = 0 }
            }
            if !bytes.isEmpty { return bytes }
            guard code != CURLE_OK else { throw QuarantineError(.unreachable, "\(place) closed the connection") }
            try proceed(after: code, to: POLLIN, until: deadline)
        } while true
    }
}

// MARK: Connecting and waiting

extension CurlConnection {
    private func configure(_ server: MailboxServer, login: String) {
        set(CURLOPT_URL, server.url)
        set(CURLOPT_PROTOCOLS_STR, "imap,imaps")
        set(CURLOPT_CONNECT_ONLY, 1)
        set(CURLOPT_USERNAME, login)
        set(CURLOPT_PASSWORD, server.masterPassword)
        set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN")
        set(CURLOPT_SASL_IR, 1)
        set(CURLOPT_NOPROXY, "*")
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_TIMEOUT, server.connectTimeout)
        if server.security == .startTLS { set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if let file = server.certificateFile { set(CURLOPT_CAINFO, file) }
        unsafe rearguard_curl_set_callback(handle, CURLOPT_HEADERFUNCTION, keepLine)
        unsafe rearguard_curl_set_pointer(handle, CURLOPT_HEADERDATA, Unmanaged.passUnretained(received).toOpaque())
    }

    private func set(_ option: CURLoption, _ value: String) {
        unsafe rearguard_curl_set_text(handle, option, value)
    }

    private func set(_ option: CURLoption, _ value: Int) {
        unsafe rearguard_curl_set_long(handle, option, value)
    }

    /// Waits for the socket when libcurl said "not now".
    private func proceed(
        after code: CURLcode, to event: Int32, until deadline: ContinuousClock.Instant
    ) throws(QuarantineError) {
        guard code != CURLE_OK else { return }
        guard code == CURLE_AGAIN else {
            throw QuarantineError(.unreachable, "the connection to \(place) was lost: \(Self.words(code))")
        }
        var socket = curl_socket_t()
        unsafe rearguard_curl_get_socket(handle, &socket)
        let rest = max(0, (deadline - ContinuousClock.now) / .milliseconds(1))
        var request = pollfd(fd: socket, events: Int16(event), revents: 0)
        guard unsafe poll(&request, 1, Int32(min(rest, 3_600_000))) != 0 else {
            throw QuarantineError(.unreachable, "\(place) did not answer within \(timeout.components.seconds) s")
        }
    }

    /// RFC 5530, section 3, tells a wrong password from a mailbox the master user cannot have.
    private func loginError() -> QuarantineError {
        let status = IMAPReply(received.lines).status
        let words = status?.text ?? "no way to log in that both sides know"
        return switch status?.code.first {
        case "AUTHORIZATIONFAILED": QuarantineError(.noSuchMailbox, "no such mailbox on \(place): \(words)")
        case "UNAVAILABLE", "INUSE": QuarantineError(.unreachable, "\(place) is not ready: \(words)")
        default: QuarantineError(.loginRefused, "\(place) refused the master user: \(words)")
        }
    }

    private static func words(_ code: CURLcode) -> String {
        unsafe String(cString: curl_easy_strerror(code))
    }
}

/// The lines of greeting and login.
private final class Received {
    var lines: [UInt8] = []

    /// Bytes kept: a login is ten lines.
    static let limit = 64 * 1_024
}

/// Keeps a line; what is over the limit is dropped.
private func keepLine(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let data = unsafe data, let context = unsafe context else { return 0 }
    let received = unsafe Unmanaged<Received>.fromOpaque(context).takeUnretainedValue()
    guard received.lines.count + count <= Received.limit else { return count }
    unsafe received.lines.append(contentsOf: UnsafeRawBufferPointer(start: data, count: count))
    return count
}
