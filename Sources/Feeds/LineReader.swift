// SPDX-License-Identifier: Apache-2.0

import Bytes
import Verdicts

/// Feeds that are written a line for each entry: plain lists, OpenPhish, hosts files.
struct LineReader: FeedReader {
    enum Style: Hashable {
        case list(Indicator.Kind)
        case hosts
    }

    private let style: Style
    private var lines = LineSplitter()

    init(_ style: Style) {
        self.style = style
    }

    mutating func read(_ bytes: Span<UInt8>, into findings: inout FeedFindings) {
        let style = style
        lines.read(bytes) { Self.take($1, $0, style, &findings) }
    }

    mutating func end(into findings: inout FeedFindings) {
        let style = style
        lines.end { Self.take($1, $0, style, &findings) }
    }

    private static func take(
        _ line: ArraySlice<UInt8>?, _ number: Int, _ style: Style, _ findings: inout FeedFindings
    ) {
        guard let line else { return findings.bad("line \(number)", "longer than \(LineSplitter.limit) bytes") }
        let text = (number == 1 ? line.withoutByteOrderMark : line).trimmed
        guard let first = text.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else { return }
        switch style {
        case .list(let kind): list(text, number, kind, &findings)
        case .hosts: hosts(text, number, &findings)
        }
    }

    /// A value, and what stands behind a blank: a remark, a file name.
    private static func list(
        _ text: ArraySlice<UInt8>, _ number: Int, _ kind: Indicator.Kind, _ findings: inout FeedFindings
    ) {
        let words = text.words
        guard let value = words.first else { return }
        let isRemark = words.count < 2 || kind == .file || words[1].first == UInt8(ascii: "#")
        guard isRemark else {
            return findings.bad("line \(number)", "expected one value, found \(words.count)")
        }
        // A list of domains as firewalls take it says ".example.org" or "*.example.org".
        var name = value
        if kind == .domain {
            if name.starts(with: ("*." as StaticString).bytes) { name = name.dropFirst(2) }
            if name.first == UInt8(ascii: ".") { name = name.dropFirst() }
        }
        findings.entries.append(FeedEntry(kind: kind, value: Array(name)))
    }

    /// Names every hosts file has for itself.
    private static let local: Set<[UInt8]> = Set(
        [
            "localhost", "localhost.localdomain", "local", "broadcasthost", "ip6-localhost", "ip6-loopback",
            "ip6-localnet", "ip6-mcastprefix", "ip6-allnodes", "ip6-allrouters", "ip6-allhosts", "0.0.0.0",
        ].map { Array($0.utf8) })

    /// `0.0.0.0 host host # remark` (hosts(5)).
    private static func hosts(_ text: ArraySlice<UInt8>, _ number: Int, _ findings: inout FeedFindings) {
        let words = text.prefix { $0 != UInt8(ascii: "#") }.words
        guard let address = words.first else { return }
        let isAddress = address.allSatisfy { $0.isASCIIHexDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
        guard isAddress, words.count > 1 else {
            return findings.bad("line \(number)", "expected an address and a host")
        }
        for host in words.dropFirst() {
            if local.contains(host.lowercased) {
                findings.unused += 1
            } else {
                findings.entries.append(FeedEntry(kind: .domain, value: Array(host)))
            }
        }
    }
}

extension ArraySlice<UInt8> {
    /// A file that was saved by a Windows editor begins with one.
    var withoutByteOrderMark: ArraySlice<UInt8> { starts(with: [0xEF, 0xBB, 0xBF]) ? dropFirst(3) : self }
}
