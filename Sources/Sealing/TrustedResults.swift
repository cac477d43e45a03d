// SPDX-License-Identifier: Apache-2.0

import Bytes
import Mail

/// What the verifying milters before us found: the Authentication-Results fields (RFC 8601) under our own authserv-id.
///
/// Only those above the first Received field count: what stands below came with the message. That a sender writes none
/// above it either is the verifier's work, which removes fields with our name from mail that comes in (RFC 8601,
/// section 5; OpenDKIM does).
struct TrustedResults {
    /// The `arc=` result; nil without one, or when it is neither pass, fail nor none.
    private(set) var arc: ARCChain.Status?
    /// The results as they go on, each with a semicolon before it; "; none" without any.
    private(set) var forwarded: [UInt8] = []

    /// Bytes of results that go on; stops a verifier that lists thousands from making a field that no MTA takes.
    private static let sizeLimit = 8 * 1_024

    init(_ message: ReceivedMessage, authservID: [UInt8]) {
        for field in message.fields {
            if field.name == "Received" { break }
            guard field.name == "Authentication-Results", let results = Self.results(field.value, authservID) else {
                continue
            }
            take(results)
        }
        if forwarded.isEmpty { forwarded = Array("; none".utf8) }
    }

    /// What stands behind the authserv-id and its version, beginning with the semicolon; nil for somebody else's field.
    private static func results(_ value: ArraySlice<UInt8>, _ authservID: [UInt8]) -> ArraySlice<UInt8>? {
        guard let semicolon = value.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let words = value[..<semicolon].split { $0.isWhiteSpace }
        guard let name = words.first, name.equalsIgnoringCase(authservID) else { return nil }
        return value[semicolon...]
    }

    private mutating func take(_ results: ArraySlice<UInt8>) {
        let known = Self.withoutComments(results)
        let isNone = known.split(separator: UInt8(ascii: ";")).allSatisfy { part in
            part.filter { !$0.isWhiteSpace }.equalsIgnoringCase("none")
        }
        if !isNone, forwarded.count + results.count <= Self.sizeLimit {
            var end = results
            while let last = end.last, last.isWhiteSpace || last == UInt8(ascii: ";") { end.removeLast() }
            forwarded += end
        }
        for part in known.split(separator: UInt8(ascii: ";")) {
            let text = part.drop { $0.isWhiteSpace }
            guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let method = text[..<equals].filter { !$0.isWhiteSpace }
            guard method.equalsIgnoringCase("arc") else { continue }
            let result = text[(equals + 1)...].drop { $0.isWhiteSpace }.prefix { $0.isASCIILetter }
            // The first one counts; a second that says otherwise does not help a chain.
            let status = ARCChain.Status(rawValue: result.lowercased.text)
            arc = arc == nil ? status : arc == status ? arc : .fail
        }
    }

    /// Comments and quoted strings become nothing, so that a semicolon or `arc=pass` inside one is not read.
    private static func withoutComments(_ value: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        var depth = 0
        var isQuoted = false
        var isEscaped = false
        for byte in value {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\"), depth > 0 || isQuoted {
                isEscaped = true
            } else if isQuoted {
                isQuoted = byte != UInt8(ascii: "\"")
            } else if byte == UInt8(ascii: "(") {
                depth += 1
            } else if byte == UInt8(ascii: ")"), depth > 0 {
                depth -= 1
            } else if depth == 0 {
                if byte == UInt8(ascii: "\"") { isQuoted = true } else { out.append(byte) }
            }
        }
        return out
    }
}
