// SPDX-License-Identifier: Apache-2.0

import Bytes
import CCurl

/// One request through a libcurl easy handle, which this class owns and frees.
///
/// Used by one thread, once. `@safe`: the pointers stay inside and live as long as the object.
@safe final class CurlExchange {
    /// What libcurl's callbacks fill; they run inside `curl_easy_perform`, on the caller's thread.
    private final class Received {
        var head: [UInt8] = []
        var body: [UInt8] = []
        let bodyLimit: Int
        /// Takes the body piece by piece instead of `body`; false ends the exchange.
        let sink: (([UInt8]) -> Bool)?
        var bodySize = 0
        var overflowed = false
        var isRefused = false

        /// Bytes of an answer's header section.
        static let headLimit = 64 * 1_024

        init(bodyLimit: Int, sink: (([UInt8]) -> Bool)?) {
            self.bodyLimit = bodyLimit
            self.sink = sink
        }

        func take(_ chunk: UnsafeRawBufferPointer) -> Bool {
            overflowed = bodyLimit - bodySize < chunk.count
            guard !overflowed else { return false }
            bodySize += chunk.count
            guard let sink else {
                unsafe body.append(contentsOf: chunk)
                return true
            }
            isRefused = !sink(unsafe Array(chunk))
            return !isRefused
        }
    }

    private let request: ClientRequest
    private let client: WebClient
    private let curl: UnsafeMutableRawPointer
    private let received: Received
    private var fieldList: UnsafeMutablePointer<curl_slist>?

    /// libcurl is initialised once for the process, before its first handle.
    private static let ready: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init(
        _ request: ClientRequest, _ client: WebClient, sink: (([UInt8]) -> Bool)? = nil
    ) throws(WebClientError) {
        guard Self.ready, let handle = unsafe curl_easy_init() else {
            throw .failed(request.peer.name, reason: "libcurl does not start")
        }
        unsafe curl = handle
        self.request = request
        self.client = client
        received = Received(bodyLimit: client.bodyLimit, sink: sink)
        unsafe fieldList = nil
        setUp()
    }

    deinit {
        unsafe curl_slist_free_all(fieldList)
        unsafe curl_easy_cleanup(curl)
    }

    /// The answer.
    func perform() throws(WebClientError) -> WebResponse {
        let code = unsafe curl_easy_perform(curl)
        guard code == CURLE_OK else { throw failure(code) }
        var status = 0
        _ = unsafe rearguard_curl_get_long(curl, CURLINFO_RESPONSE_CODE, &status)
        return WebResponse(status: status, fields: fields, body: received.body)
    }

    /// Whether a connection comes about; nothing is sent.
    func connects() -> Bool {
        set(CURLOPT_CONNECT_ONLY, 1)
        return unsafe curl_easy_perform(curl) == CURLE_OK
    }

    private func failure(_ code: CURLcode) -> WebClientError {
        if received.overflowed { return .tooLarge(limit: client.bodyLimit) }
        if received.isRefused { return .failed(request.peer.name, reason: "the answer could not be kept") }
        let reason = unsafe String(cString: curl_easy_strerror(code))
        return switch code {
        case CURLE_OPERATION_TIMEDOUT: .timeout(client.timeout)
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST: .unreachable(request.peer.name, reason: reason)
        default: .failed(request.peer.name, reason: reason)
        }
    }

    /// The header fields of the last header section (an interim answer's come before).
    private var fields: [WebField] {
        let lines = received.head.split(separator: UInt8.lineFeed).map {
            $0.last == .carriageReturn ? $0.dropLast() : $0
        }
        let start = lines.lastIndex { $0.starts(with: "HTTP/".utf8) } ?? lines.startIndex
        return lines[start...].compactMap { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let value = line[(colon + 1)...].drop { $0 == .space || $0 == .tab }
            return WebField(line[..<colon].text, value.text)
        }
    }

    // MARK: Options

    private func setUp() {
        switch request.peer {
        case .origin(let origin):
            set(CURLOPT_URL, "\(origin)\(request.target)")
            if !client.usesEnvironmentProxy { set(CURLOPT_PROXY, "") }
        case .unix(let path):
            set(CURLOPT_URL, "http://localhost\(request.target)")
            set(CURLOPT_UNIX_SOCKET_PATH, path)
            set(CURLOPT_PROXY, "")
        }
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_FOLLOWLOCATION, 0)
        // Any encoding libcurl can undo, or none at all; the limit counts what comes out.
        if client.acceptsCompression { set(CURLOPT_ACCEPT_ENCODING, "") }
        set(CURLOPT_NOSIGNAL, 1)  // timeouts by signal would hit other threads
        let (seconds, attoseconds) = client.timeout.components
        set(CURLOPT_TIMEOUT_MS, max(1, Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000)))
        setMethod()
        setFields()
        setCallbacks()
    }

    private func setMethod() {
        if let body = request.body {
            set(CURLOPT_POSTFIELDSIZE, body.count)
            unsafe body.withUnsafeBytes {  // copied at once, so the pointer need not outlive this call
                let bytes = unsafe UnsafeMutableRawPointer(mutating: $0.baseAddress)
                _ = unsafe rearguard_curl_set_pointer(curl, CURLOPT_COPYPOSTFIELDS, bytes)
            }
        }
        if request.method == "HEAD" { set(CURLOPT_NOBODY, 1) }
        set(CURLOPT_CUSTOMREQUEST, request.method)
    }

    private func setFields() {
        // "Expect:" without a value stops libcurl from waiting for 100 Continue.
        for field in request.fields.map({ "\($0.name): \($0.value)" }) + ["Expect:"] {
            unsafe fieldList = curl_slist_append(fieldList, field)
        }
        _ = unsafe rearguard_curl_set_pointer(curl, CURLOPT_HTTPHEADER, fieldList)
    }

    private func setCallbacks() {
        let pointer = unsafe Unmanaged.passUnretained(received).toOpaque()
        _ = unsafe rearguard_curl_set_pointer(curl, CURLOPT_WRITEDATA, pointer)
        _ = unsafe rearguard_curl_set_callback(curl, CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
            unsafe CurlExchange.take(bytes, count, context) { received, chunk in
                unsafe received.take(chunk)
            }
        }
        _ = unsafe rearguard_curl_set_pointer(curl, CURLOPT_HEADERDATA, pointer)
        _ = unsafe rearguard_curl_set_callback(curl, CURLOPT_HEADERFUNCTION) { bytes, _, count, context in
            unsafe CurlExchange.take(bytes, count, context) { received, chunk in
                guard Received.headLimit - received.head.count >= chunk.count else { return false }
                unsafe received.head.append(contentsOf: chunk)
                return true
            }
        }
    }

    /// Runs `body` over the chunk; any count but the given one makes libcurl stop.
    private static func take(
        _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
        _ body: (Received, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
        let received = unsafe Unmanaged<Received>.fromOpaque(context).takeUnretainedValue()
        return unsafe body(received, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
    }

    private func set(_ option: CURLoption, _ value: Int) {
        _ = unsafe rearguard_curl_set_long(curl, option, value)
    }

    private func set(_ option: CURLoption, _ value: String) {
        _ = unsafe rearguard_curl_set_text(curl, option, value)
    }
}

extension ClientRequest.Peer {
    /// The peer for people.
    var name: String {
        switch self {
        case .origin(let origin): origin
        case .unix(let path): path
        }
    }
}
