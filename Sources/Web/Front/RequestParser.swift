// SPDX-License-Identifier: Apache-2.0

// RequestParser: bytes of one connection → requests, as a value machine without I/O or clock.
//
// HTTP/1.1 (RFC 9112) as the open internet gets it, and not one form more than browsers, monitors and front servers
// send: every leniency of the standard is a place where two servers in a row can read two different requests out of the
// same bytes (request smuggling). So a line ends in CR LF and nothing else, no field is folded, no name is followed by a
// space, there is one Host, one Content-Length of plain digits or none, no Transfer-Encoding, no body on GET or HEAD,
// and the target is a path. What breaks a rule is refused and the connection closes; nothing behind it is read.
//
// Road not taken: a general parser (llhttp under SwiftNIO's HTTP types). It builds more than a click needs, and the
// strictness would have to be put on top of what it has already let through.

import Bytes

/// Reads requests from the bytes of one connection.
struct RequestParser: Sendable {
    /// What the bytes so far come to.
    enum Step: Sendable {
        case more
        case request(ParsedRequest)
        case refusal(status: Int, text: String)
    }

    private let limits: WebLimits
    private var buffer: [UInt8] = []
    /// Bytes before this were answered already.
    private var start = 0
    /// The end of the head was looked for up to here.
    private var scanned = 0
    /// An empty line before the request was passed over.
    private var hasSkippedLine = false
    /// A request whose body is not whole yet.
    private var waiting: (head: Head, bodyStart: Int)?

    private struct Head {
        var request: ParsedRequest
        var bodySize: Int
    }

    init(limits: WebLimits) {
        self.limits = limits
    }

    /// Bytes that were taken in and not answered yet.
    var heldBytes: Int { buffer.count - start }

    /// Bytes that are kept, answered ones included.
    var bufferSize: Int { buffer.count }

    mutating func append(_ bytes: some Collection<UInt8>) {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            (start, scanned) = (0, 0)
        } else if start >= Self.keptCapacity, waiting == nil {
            // Pipelined requests: what was answered makes room.
            buffer.removeFirst(start)
            scanned -= min(scanned, start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// What stands next in the bytes.
    mutating func next() -> Step {
        if let (head, bodyStart) = waiting { return body(of: head, from: bodyStart) }
        // An empty line before a request is ignored (RFC 9112, section 2.2): one.
        if !hasSkippedLine, buffer.count - start >= 2, buffer[start] == .carriageReturn, buffer[start + 1] == .lineFeed
        {
            hasSkippedLine = true
            start += 2
            scanned = max(scanned, start)
        }
        guard let end = endOfHead() else {
            return buffer.count - start > limits.head ? Self.tooLarge : .more
        }
        guard end - start <= limits.head else { return Self.tooLarge }
        switch head(in: start..<(end - 2)) {
        case .failure(let refusal): return .refusal(status: refusal.status, text: refusal.text)
        case .success(let head): return body(of: head, from: end)
        }
    }

    /// The index after the empty line that ends the head.
    private mutating func endOfHead() -> Int? {
        var index = max(scanned, start)
        while index + 3 < buffer.count {
            if buffer[index] == .carriageReturn, buffer[index + 1] == .lineFeed, buffer[index + 2] == .carriageReturn,
                buffer[index + 3] == .lineFeed
            {
                return index + 4
            }
            index += 1
        }
        scanned = index
        return nil
    }

    private mutating func body(of head: Head, from bodyStart: Int) -> Step {
        guard buffer.count - bodyStart >= head.bodySize else {
            waiting = (head, bodyStart)
            return .more
        }
        waiting = nil
        hasSkippedLine = false
        var request = head.request
        if head.bodySize > 0 { request.body = Array(buffer[bodyStart..<bodyStart + head.bodySize]) }
        start = bodyStart + head.bodySize
        scanned = start
        if start == buffer.count {
            // One large head must not be kept by an idle connection.
            buffer.removeAll(keepingCapacity: buffer.capacity <= Self.keptCapacity)
            (start, scanned) = (0, 0)
        }
        return .request(request)
    }

    private static let keptCapacity = 4_096
    private static let tooLarge = Step.refusal(status: 431, text: "the request is too large")

    // MARK: - Heads

    private struct Refusal: Error {
        var status = 400
        var text = "bad request"
    }

    private func head(in range: Range<Int>) -> Result<Head, Refusal> {
        var line = range.lowerBound
        guard let lineEnd = endOfLine(from: line, in: range) else { return .failure(Refusal()) }
        guard lineEnd - line <= limits.line else {
            return .failure(Refusal(status: 414, text: "the address is too long"))
        }
        guard var request = requestLine(buffer[line..<lineEnd]) else { return .failure(Refusal()) }
        line = lineEnd + 2
        while line < range.upperBound {
            guard let end = endOfLine(from: line, in: range), let field = field(buffer[line..<end]) else {
                return .failure(Refusal())
            }
            guard end - line <= limits.line, request.fields.count < limits.fieldCount else {
                return .failure(Refusal(status: 431, text: "the request is too large"))
            }
            request.fields.append(field)
            line = end + 2
        }
        return framed(request)
    }

    /// The CR of the line's end; nil when a CR or an LF stands alone.
    private func endOfLine(from start: Int, in range: Range<Int>) -> Int? {
        var index = start
        while index < range.upperBound {
            if buffer[index] == .carriageReturn {
                return index + 1 < range.upperBound && buffer[index + 1] == .lineFeed ? index : nil
            }
            if buffer[index] == .lineFeed { return nil }
            index += 1
        }
        return nil
    }

    /// `method SP path SP HTTP/1.x` (RFC 9112, section 3).
    private func requestLine(_ line: ArraySlice<UInt8>) -> ParsedRequest? {
        guard let first = line.firstIndex(of: .space) else { return nil }
        let rest = line[(first + 1)...]
        guard let second = rest.firstIndex(of: .space) else { return nil }
        let (method, target, version) = (line[..<first], rest[..<second], rest[(second + 1)...])
        guard !method.isEmpty, method.count <= 20, method.allSatisfy(\.isASCIILetter),
            target.first == UInt8(ascii: "/"),
            target.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        let isLatest = version.elementsEqual("HTTP/1.1".utf8)
        guard isLatest || version.elementsEqual("HTTP/1.0".utf8) else { return nil }
        return ParsedRequest(method: method.text, target: Array(target), keepsAlive: isLatest, isLatest: isLatest)
    }

    /// `name: value` (RFC 9112, section 5): no space before the colon, no folding, no controls.
    private func field(_ line: ArraySlice<UInt8>) -> WebField? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { return nil }
        guard line[..<colon].allSatisfy(Self.isTokenByte) else { return nil }
        var value = line[(colon + 1)...]
        guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == .tab }) else { return nil }
        while let byte = value.first, byte == .space || byte == .tab { value.removeFirst() }
        while let byte = value.last, byte == .space || byte == .tab { value.removeLast() }
        return WebField(line[..<colon].text, value.text)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        byte.isASCIIAlphanumeric || tokenMarks.contains(byte)
    }
    /// RFC 9110, section 5.6.2.
    private static let tokenMarks = ("!#$%&'*+-.^_`|~" as StaticString).bytes

    /// Where the request ends (RFC 9112, section 6), and whether the connection goes on.
    private func framed(_ request: ParsedRequest) -> Result<Head, Refusal> {
        var request = request
        var lengths: [String] = []
        var hosts = 0
        for field in request.fields {
            switch field.name.utf8.count {
            case 4 where field.isNamed("host"): hosts += 1
            case 6 where field.isNamed("expect"): return .failure(Refusal(status: 417, text: "expectation failed"))
            case 10 where field.isNamed("connection"):
                if field.value.utf8.equalsIgnoringCase("close") { request.keepsAlive = false }
            case 14 where field.isNamed("content-length"): lengths.append(field.value)
            case 17 where field.isNamed("transfer-encoding"): return .failure(Refusal())
            default: break
            }
        }
        guard hosts == 1 || (hosts == 0 && !request.isLatest), lengths.count <= 1 else { return .failure(Refusal()) }
        guard let length = lengths.first else { return .success(Head(request: request, bodySize: 0)) }
        guard !length.isEmpty, length.utf8.count <= 18, length.utf8.allSatisfy(\.isASCIIDigit), let size = Int(length)
        else { return .failure(Refusal()) }
        if size > 0, request.method == "GET" || request.method == "HEAD" { return .failure(Refusal()) }
        guard size <= limits.body else { return .failure(Refusal(status: 413, text: "the request is too large")) }
        return .success(Head(request: request, bodySize: size))
    }
}

/// A request as it stood on the wire.
struct ParsedRequest: Sendable {
    let method: String
    let target: [UInt8]
    /// Whether the peer wants to go on on this connection.
    var keepsAlive: Bool
    /// HTTP/1.1, not 1.0.
    let isLatest: Bool
    var fields: [WebField] = []
    var body: [UInt8] = []
}

extension WebField {
    fileprivate func isNamed(_ name: StaticString) -> Bool { self.name.utf8.equalsIgnoringCase(name.bytes) }
}
