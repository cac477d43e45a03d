// SPDX-License-Identifier: Apache-2.0

// The kinds of values that options take. Each says what it expects in the words of the error message.

extension ValueKind where Value == String {
    /// Text of one line for people.
    static var text: ValueKind {
        let limit = 200
        return ValueKind("text of 1 to \(limit) characters in one line", print: { $0 }) { text in
            let isOneLine = !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
            return isOneLine && !text.isEmpty && text.unicodeScalars.count <= limit ? text : nil
        }
    }

    static var absolutePath: ValueKind {
        ValueKind("an absolute path", print: { $0 }) { $0.hasPrefix("/") && isPath($0) ? $0 : nil }
    }

    static var statePath: ValueKind {
        ValueKind("an absolute path, or a path below state.directory", print: { $0 }) { isPath($0) ? $0 : nil }
    }

    /// Where links lead: kept without the slash at the end.
    static var clickURL: ValueKind {
        ValueKind(
            "a URL such as 'https://links.example.org' (http or https, host in ASCII)", print: { $0 }, parse: httpURL)
    }

    /// The URL without the slash at its end; nil when it is none of http or https, or has a query or a user.
    static func httpURL(_ text: String) -> String? {
        let url = text.hasSuffix("/") ? String(text.dropLast()) : text
        let rest = url.hasPrefix("https://") ? url.dropFirst(8) : url.hasPrefix("http://") ? url.dropFirst(7) : ""
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"?#@\\%".utf8.contains($0) }) else { return nil }
        let authority = rest.prefix { $0 != "/" }
        let hostEnd = authority.hasSuffix("]") ? nil : authority.lastIndex(of: ":")
        guard isHost(authority[..<(hostEnd ?? authority.endIndex)]) else { return nil }
        guard let hostEnd else { return url }
        return port(authority[authority.index(after: hostEnd)...]) == nil ? nil : url
    }

    /// Where an HTTP server listens.
    static var listenAddress: ValueKind {
        let expected = "'host:port', '[IPv6 address]:port' or the absolute path of a Unix socket"
        return ValueKind(expected, print: { $0 }) { text in
            if text.hasPrefix("/") { return isPath(text) ? text : nil }
            return hostAndPort(Substring(text)) == nil ? nil : text
        }
    }

    /// Where the MTA finds the milter, in libmilter's own words.
    static var milterSocket: ValueKind {
        ValueKind("'unix:/path' or 'inet:port@host'", print: { $0 }) { text in
            if text.hasPrefix("unix:/") { return isPath(String(text.dropFirst(5))) ? text : nil }
            guard let scheme = ["inet:", "inet6:"].first(where: { text.hasPrefix($0) }) else { return nil }
            let parts = text.dropFirst(scheme.count).split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, port(parts[0]) != nil, isHost(parts[1], allowsBareIPv6: true) else { return nil }
            return text
        }
    }
}

extension ValueKind where Value == Bool {
    static var flag: ValueKind {
        ValueKind("yes or no", print: { $0 ? "yes" : "no" }) { text in
            switch text {
            case "yes", "true": true
            case "no", "false": false
            default: nil
            }
        }
    }
}

extension ValueKind where Value == Int {
    static func number(_ range: ClosedRange<Int>) -> ValueKind {
        ValueKind("a number from \(range.lowerBound) to \(range.upperBound)", print: { String($0) }) { text in
            guard text.utf8.allSatisfy({ $0 &- 0x30 < 10 }), let number = Int(text) else { return nil }
            return range.contains(number) ? number : nil
        }
    }

    static func size(_ range: ClosedRange<Int>) -> ValueKind {
        let bounds = "from \(ByteSize.text(range.lowerBound)) to \(ByteSize.text(range.upperBound))"
        return ValueKind("a size in B, KiB, MiB or GiB \(bounds)", print: { ByteSize.text($0) }) { text in
            ByteSize.parse(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ValueKind where Value == Duration {
    static func duration(_ range: ClosedRange<Duration>) -> ValueKind {
        let bounds = "from \(TimeSpan.text(range.lowerBound)) to \(TimeSpan.text(range.upperBound))"
        return ValueKind("a time in ms, s, min, h or d \(bounds)", print: { TimeSpan.text($0) }) { text in
            TimeSpan.parse(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ValueKind where Value: RawRepresentable<String> & CaseIterable {
    /// One of the words that the enumeration has.
    static var choice: ValueKind {
        let words = Value.allCases.map(\.rawValue)
        let expected =
            words.count == 1 ? words[0] : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
        return ValueKind(expected, print: { $0.rawValue }) { Value(rawValue: $0) }
    }
}

// MARK: - Parts of values

/// The kernel's own limit, with its closing zero (PATH_MAX).
private let pathLengthLimit = 4_095

private func isPath(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= pathLengthLimit && !text.utf8.contains(0)
        && !text.split(separator: "/").contains("..")
}

func port(_ text: Substring) -> UInt16? {
    guard text.utf8.allSatisfy({ $0 &- 0x30 < 10 }), let port = UInt16(text), port > 0 else { return nil }
    return port
}

/// `host:port` or `[IPv6]:port`.
func hostAndPort(_ text: Substring) -> (host: String, port: UInt16)? {
    guard let colon = text.lastIndex(of: ":"), let port = port(text[text.index(after: colon)...]) else { return nil }
    let host = text[..<colon]
    guard isHost(host) else { return nil }
    return (host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : String(host), port)
}

/// A name, an IPv4 address, or an IPv6 address in brackets; a look at the letters, the system judges when it is used.
func isHost(_ text: Substring, allowsBareIPv6: Bool = false) -> Bool {
    /// A domain name has at most 253 letters (RFC 1035, section 2.3.4).
    let lengthLimit = 253
    let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
    let name = isBracketed ? text.dropFirst().dropLast() : text
    let isIPv6 = isBracketed || (allowsBareIPv6 && name.contains(":"))
    guard !name.isEmpty, name.utf8.count <= lengthLimit else { return false }
    return name.utf8.allSatisfy { byte in
        isIPv6 ? "0123456789abcdefABCDEF:.".utf8.contains(byte) : isNameByte(byte)
    }
}

private func isNameByte(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        || byte == UInt8(ascii: "_")
}
