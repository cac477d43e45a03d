// SPDX-License-Identifier: Apache-2.0

import Bytes
import Verdicts

/// A response policy zone (draft-vixie-dnsop-dns-rpz-00) as a master file (RFC 1035, section 5).
///
/// Triggers by name are taken: `evil.example CNAME .` and `*.evil.example CNAME .` both mean the name and all below it.
/// `CNAME rpz-passthru.` vouches. Triggers by address or name server, and local data, are of no use for links.
struct ZoneReader: FeedReader {
    private var lines = LineSplitter()
    private var state = State()

    private struct State {
        /// The zone's own name, which ends every name that has no dot at its end.
        var origin: [UInt8] = []
        var owner: [UInt8] = []
        /// Inside the parentheses of a record that goes over several lines.
        var isOpen = false
        var isSkipped = false
    }

    mutating func read(_ bytes: Span<UInt8>, into findings: inout FeedFindings) {
        var state = state
        lines.read(bytes) { Self.take($1, $0, &state, &findings) }
        self.state = state
    }

    mutating func end(into findings: inout FeedFindings) {
        var state = state
        lines.end { Self.take($1, $0, &state, &findings) }
    }

    private static func take(
        _ line: ArraySlice<UInt8>?, _ number: Int, _ state: inout State, _ findings: inout FeedFindings
    ) {
        guard let line else { return findings.bad("line \(number)", "longer than \(LineSplitter.limit) bytes") }
        let text = line.prefix { $0 != UInt8(ascii: ";") }
        if state.isOpen {
            state.isOpen = !text.contains(UInt8(ascii: ")"))
            return
        }
        var words = text.words
        guard let first = words.first else { return }
        if first.first == UInt8(ascii: "$") {
            if first.equalsIgnoringCase("$ORIGIN"), words.count > 1 { state.origin = name(words[1], in: state) }
            return
        }
        if text.first?.isBlank == false { state.owner = name(words.removeFirst(), in: state) }
        if text.contains(UInt8(ascii: "(")), !text.contains(UInt8(ascii: ")")) { state.isOpen = true }
        // TTL and class may stand before the type, in either order.
        while let word = words.first, isTime(word) || word.equalsIgnoringCase("IN") {
            words.removeFirst()
        }
        guard let type = words.first, type.allSatisfy(\.isASCIIAlphanumeric) else {
            return findings.bad("line \(number)", "expected a resource record")
        }
        if type.equalsIgnoringCase("SOA"), state.origin.isEmpty { state.origin = state.owner }
        guard type.equalsIgnoringCase("CNAME") else {
            // Local data for a name redirects it, as a sinkhole does; SOA and NS are the zone's own.
            findings.unused += 1
            return
        }
        guard words.count > 1 else { return findings.bad("line \(number)", "CNAME without a target") }
        record(state, words[1], &findings)
    }

    private static func record(_ state: State, _ target: ArraySlice<UInt8>, _ findings: inout FeedFindings) {
        var name = state.owner[...]
        let suffix = [UInt8(ascii: ".")] + state.origin
        if !state.origin.isEmpty, name.count > suffix.count, name.suffix(suffix.count).equalsIgnoringCase(suffix) {
            name = name.dropLast(suffix.count)
        }
        let labels = name.split(separator: UInt8(ascii: "."))
        let isByName = !(labels.last.map { $0.prefix(4).equalsIgnoringCase("rpz-") } ?? true)
        guard isByName else {
            findings.unused += 1
            return
        }
        // The old way to vouch: a name that stands for itself.
        let isItself = target.last == UInt8(ascii: ".") && target.dropLast().equalsIgnoringCase(name)
        if name.starts(with: ("*." as StaticString).bytes) { name = name.dropFirst(2) }
        var entry = FeedEntry(kind: .domain, value: Array(name))
        entry.isClean = isItself || target.equalsIgnoringCase("rpz-passthru.")
        if target.equalsIgnoringCase("rpz-tcp-only.") {
            findings.unused += 1
        } else {
            findings.entries.append(entry)
        }
    }

    /// A TTL: seconds, or numbers with units as BIND writes them (`1h30m`).
    ///
    /// No type begins with a digit.
    private static func isTime(_ word: ArraySlice<UInt8>) -> Bool {
        word.first?.isASCIIDigit == true && word.allSatisfy { $0.isASCIIDigit || "smhdwSMHDW".utf8.contains($0) }
    }

    /// The absolute name without its last dot.
    private static func name(_ word: ArraySlice<UInt8>, in state: State) -> [UInt8] {
        if word.elementsEqual([UInt8(ascii: "@")]) { return state.origin }
        if word.last == UInt8(ascii: ".") { return Array(word.dropLast()) }
        return state.origin.isEmpty ? Array(word) : Array(word) + [UInt8(ascii: ".")] + state.origin
    }
}
