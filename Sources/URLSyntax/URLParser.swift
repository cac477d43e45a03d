// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The basic URL parser (WHATWG URL Standard, section 4.4), each state a function that goes to the next.
///
/// One pass: every state starts where the one before stopped. Without a state override, as a link needs it.
struct URLParser {
    private let input: [UInt8]
    private let base: WebURL?
    private var position = 0
    private var url = URLParts()
    /// Whether the scheme is one of those that have a host and a path by rule.
    private var isSpecial = false

    init(input: [UInt8], base: WebURL?) {
        self.input = input
        self.base = base
    }

    /// The input without C0 controls and spaces at both ends, without tabs and line ends anywhere, as valid UTF-8.
    static func cleaned(_ input: [UInt8]) -> [UInt8] {
        var slice = input[...]
        while let byte = slice.first, byte <= .space { slice = slice.dropFirst() }
        while let byte = slice.last, byte <= .space { slice = slice.dropLast() }
        let isDirty = slice.contains { $0 == .tab || $0 == .lineFeed || $0 == .carriageReturn }
        if slice.count == input.count, !isDirty, !input.contains(where: \.isNonASCII) { return input }
        let bytes = isDirty ? slice.filter { $0 != .tab && $0 != .lineFeed && $0 != .carriageReturn } : Array(slice)
        return bytes.contains(where: \.isNonASCII) ? Array(String(decoding: bytes, as: UTF8.self).utf8) : bytes
    }

    mutating func parse() throws(URLSyntaxError) -> URLParts {
        if let end = schemeEnd() {
            set(scheme: input[..<end].lowercased)
            position = end + 1
            try afterScheme()
        } else {
            try noScheme()
        }
        return url
    }

    // MARK: Reading

    private func byte(_ offset: Int = 0) -> UInt8? {
        position + offset < input.count ? input[position + offset] : nil
    }

    private func isSlash(_ byte: UInt8?) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") && isSpecial
    }

    private func schemeEnd() -> Int? {
        guard let first = input.first, first.isASCIILetter else { return nil }
        for (index, byte) in input.enumerated() {
            if byte == UInt8(ascii: ":") { return index }
            guard
                byte.isASCIIAlphanumeric || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: ".")
            else { return nil }
        }
        return nil
    }

    // MARK: Scheme

    private mutating func set(scheme: [UInt8]) {
        url.scheme = scheme
        isSpecial = SpecialScheme.isSpecial(scheme)
    }

    private mutating func afterScheme() throws(URLSyntaxError) {
        if url.scheme == SpecialScheme.file { return try file() }
        if isSpecial {
            if let base, base.scheme == url.scheme, !(byte() == UInt8(ascii: "/") && byte(1) == UInt8(ascii: "/")) {
                return try relative(to: base)
            }
            return try specialAuthority()
        }
        if byte() == UInt8(ascii: "/") {
            if byte(1) == UInt8(ascii: "/") {
                position += 2
                return try authority()
            }
            return pathState()
        }
        opaquePath()
    }

    private mutating func noScheme() throws(URLSyntaxError) {
        guard let base else { throw .noScheme }
        if base.hasOpaquePath {
            guard byte() == UInt8(ascii: "#") else { throw .noScheme }
            url = base.parts
            return fragmentState()
        }
        set(scheme: base.scheme)
        if base.scheme == SpecialScheme.file { return try file() }
        try relative(to: base)
    }

    // MARK: Relative

    private mutating func relative(to base: WebURL) throws(URLSyntaxError) {
        guard isSlash(byte()) else { return relativePath(to: base) }
        if isSpecial, isSlash(byte(1)) {
            return try specialAuthority()
        }
        if byte(1) == UInt8(ascii: "/") {
            position += 2
            return try authority()
        }
        inheritAuthority(of: base)
        pathState()
    }

    private mutating func relativePath(to base: WebURL) {
        inheritAuthority(of: base)
        url.path = base.path
        switch byte() {
        case nil: url.query = base.query
        case UInt8(ascii: "?"): queryState()
        case UInt8(ascii: "#"):
            url.query = base.query
            fragmentState()
        default:
            shortenPath()
            pathState()
        }
    }

    private mutating func inheritAuthority(of base: WebURL) {
        url.username = base.username
        url.password = base.password
        url.host = base.host
        url.port = base.port
    }

    // MARK: Authority

    /// Any number of slashes, of either kind, before the authority of a special URL.
    private mutating func specialAuthority() throws(URLSyntaxError) {
        while isSlash(byte()) { position += 1 }
        try authority()
    }

    private mutating func authority() throws(URLSyntaxError) {
        var end = position
        var at: Int?
        while end < input.count, input[end] != UInt8(ascii: "?"), input[end] != UInt8(ascii: "#"), !isSlash(input[end])
        {
            if input[end] == UInt8(ascii: "@") { at = end }
            end += 1
        }
        if let at {
            credentials(input[position..<at])
            guard at + 1 < end else { throw .host }
            position = at + 1
        }
        try hostAndPort(end: end)
        position = end
        pathStart()
    }

    private mutating func credentials(_ text: ArraySlice<UInt8>) {
        let colon = text.firstIndex(of: UInt8(ascii: ":"))
        PercentEncoding.append(text[..<(colon ?? text.endIndex)], to: &url.username, encoding: .userinfo)
        if let colon { PercentEncoding.append(text[(colon + 1)...], to: &url.password, encoding: .userinfo) }
    }

    private mutating func hostAndPort(end: Int) throws(URLSyntaxError) {
        var inBrackets = false
        var colon: Int?
        for index in position..<end {
            if input[index] == UInt8(ascii: "[") { inBrackets = true }
            if input[index] == UInt8(ascii: "]") { inBrackets = false }
            if input[index] == UInt8(ascii: ":"), !inBrackets {
                colon = index
                break
            }
        }
        let host = input[position..<(colon ?? end)]
        if host.isEmpty, isSpecial || colon != nil { throw .host }
        guard let parsed = Host.parse(host, isSpecial: isSpecial) else { throw .host }
        url.host = parsed
        if let colon { try port(input[(colon + 1)..<end]) }
    }

    private mutating func port(_ digits: ArraySlice<UInt8>) throws(URLSyntaxError) {
        var value: UInt32 = 0
        for byte in digits {
            guard byte.isASCIIDigit else { throw .port }
            value = value * 10 + UInt32(byte - 0x30)
            guard value <= 65_535 else { throw .port }
        }
        guard !digits.isEmpty else { return }
        let port = UInt16(value)
        url.port = port == SpecialScheme.defaultPort(url.scheme) ? nil : port
    }

    // MARK: File

    private mutating func file() throws(URLSyntaxError) {
        url.host = .empty
        let fileBase = base?.scheme == SpecialScheme.file ? base : nil
        if isSlash(byte()) {
            if isSlash(byte(1)) {
                position += 2
                return try fileHost()
            }
            if let fileBase {
                url.host = fileBase.host
                if !startsWithDriveLetter(input[(position + 1)...]), let drive = normalizedDrive(of: fileBase.path) {
                    url.path = drive
                }
            }
            return pathState()
        }
        guard let fileBase else { return pathState() }
        fileRelative(to: fileBase)
    }

    private mutating func fileRelative(to base: WebURL) {
        url.host = base.host
        url.path = base.path
        url.query = base.query
        switch byte() {
        case nil: break
        case UInt8(ascii: "?"): queryState()
        case UInt8(ascii: "#"): fragmentState()
        default:
            url.query = nil
            if startsWithDriveLetter(input[position...]) {
                url.path = []
            } else {
                shortenPath()
            }
            pathState()
        }
    }

    private mutating func fileHost() throws(URLSyntaxError) {
        var end = position
        while end < input.count, input[end] != UInt8(ascii: "?"), input[end] != UInt8(ascii: "#"), !isSlash(input[end])
        {
            end += 1
        }
        let text = input[position..<end]
        if isDriveLetter(text) { return pathState() }
        position = end
        if !text.isEmpty {
            guard let host = Host.parse(text, isSpecial: true) else { throw .host }
            url.host = host == .domain(("localhost" as StaticString).bytes) ? .empty : host
        }
        pathStart()
    }

    // MARK: Path

    private mutating func pathStart() {
        if isSpecial { return pathState() }
        switch byte() {
        case nil: break
        case UInt8(ascii: "?"): queryState()
        case UInt8(ascii: "#"): fragmentState()
        default: pathState()
        }
    }

    /// Reads segments up to the query or the fragment; a slash at the start belongs to the first segment.
    private mutating func pathState() {
        if isSlash(byte()) { position += 1 }
        var isLast = false
        while !isLast {
            var end = position
            while end < input.count, input[end] != UInt8(ascii: "?"), input[end] != UInt8(ascii: "#"),
                !isSlash(input[end])
            {
                end += 1
            }
            isLast = end >= input.count || !isSlash(input[end])
            segment(input[position..<end], isLast: isLast)
            position = isLast ? end : end + 1
        }
        afterPath()
    }

    private mutating func segment(_ text: ArraySlice<UInt8>, isLast: Bool) {
        switch Self.dots(text) {
        case 2:
            shortenPath()
            if isLast { url.path.append(UInt8(ascii: "/")) }
        case 1:
            if isLast { url.path.append(UInt8(ascii: "/")) }
        default:
            let isFirstOfFile = url.scheme == SpecialScheme.file && url.path.isEmpty
            url.path.append(UInt8(ascii: "/"))
            if isFirstOfFile, isDriveLetter(text), let letter = text.first {
                url.path.append(contentsOf: [letter, UInt8(ascii: ":")])
            } else {
                PercentEncoding.append(text, to: &url.path, encoding: .path)
            }
        }
    }

    private mutating func opaquePath() {
        url.hasOpaquePath = true
        let end = input[position...].firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? input.endIndex
        var text = input[position..<end]
        // The last space before a query or fragment would be stripped when the URL is parsed again.
        let endsInSpace = text.last == .space
        if endsInSpace { text = text.dropLast() }
        PercentEncoding.append(text, to: &url.path, encoding: .c0Control)
        if endsInSpace { url.path.append(contentsOf: ("%20" as StaticString).bytes) }
        position = end
        afterPath()
    }

    private mutating func afterPath() {
        switch byte() {
        case UInt8(ascii: "?"): queryState()
        case UInt8(ascii: "#"): fragmentState()
        default: break
        }
    }

    /// Removes the last segment (section 4.2, "shorten a path"): a drive letter stays.
    private mutating func shortenPath() {
        if url.scheme == SpecialScheme.file, url.path.count == 3, normalizedDrive(of: url.path) != nil { return }
        if let slash = url.path.lastIndex(of: UInt8(ascii: "/")) { url.path.removeSubrange(slash...) }
    }

    /// 1 for `.`, 2 for `..`, each also as `%2e`; else 0.
    private static func dots(_ text: ArraySlice<UInt8>) -> Int {
        guard text.count <= 6 else { return 0 }
        var rest = text
        var count = 0
        while let byte = rest.first {
            if byte == UInt8(ascii: ".") {
                rest = rest.dropFirst()
            } else if rest.prefix(3).equalsIgnoringCase("%2e") {
                rest = rest.dropFirst(3)
            } else {
                return 0
            }
            count += 1
        }
        return count <= 2 ? count : 0
    }

    // MARK: Query and fragment

    private mutating func queryState() {
        position += 1
        let end = input[position...].firstIndex(of: UInt8(ascii: "#")) ?? input.endIndex
        var query: [UInt8] = []
        PercentEncoding.append(input[position..<end], to: &query, encoding: isSpecial ? .specialQuery : .query)
        url.query = query
        position = end
        if position < input.count { fragmentState() }
    }

    private mutating func fragmentState() {
        var fragment: [UInt8] = []
        PercentEncoding.append(input[(position + 1)...], to: &fragment, encoding: .fragment)
        url.fragment = fragment
        position = input.count
    }

    // MARK: Drive letters

    /// A letter and `:` or `|`.
    private func isDriveLetter(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.count == 2, let letter = text.first, let sign = text.last else { return false }
        return letter.isASCIILetter && (sign == UInt8(ascii: ":") || sign == UInt8(ascii: "|"))
    }

    private func startsWithDriveLetter(_ text: ArraySlice<UInt8>) -> Bool {
        guard isDriveLetter(text.prefix(2)) else { return false }
        guard let next = text.dropFirst(2).first else { return true }
        return next == UInt8(ascii: "/") || next == UInt8(ascii: "\\") || next == UInt8(ascii: "?")
            || next == UInt8(ascii: "#")
    }

    /// `/C:` when the path begins with a drive.
    private func normalizedDrive(of path: [UInt8]) -> [UInt8]? {
        guard path.count >= 3, path[1].isASCIILetter, path[2] == UInt8(ascii: ":"),
            path.count == 3 || path[3] == UInt8(ascii: "/")
        else { return nil }
        return Array(path[..<3])
    }
}
