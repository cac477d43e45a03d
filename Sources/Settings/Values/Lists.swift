// SPDX-License-Identifier: Apache-2.0

// Values that are lists of words, and values that may be absent.

import Yams

extension ValueKind where Value == String? {
    /// An absolute path, or the word `none`.
    static var optionalPath: ValueKind {
        ValueKind("an absolute path, or none", print: { $0 ?? "none" }) { text in
            if text == "none" { return .some(nil) }
            // Spelt out: a bare `nil` here would be the value of `none`.
            return text.hasPrefix("/") && !text.utf8.contains(0) ? .some(text) : .none
        }
    }
}

extension ValueKind where Value == [String] {
    /// Lists are compared item by item at each click.
    private static var countLimit: Int { 1_000 }

    /// Networks such as `192.0.2.0/24`, or single addresses.
    static var networks: ValueKind {
        list("networks such as '192.0.2.0/24' or '2001:db8::/32'") { isNetwork($0) ? $0 : nil }
    }

    /// Domains in ASCII.
    static var domains: ValueKind {
        list("domains in ASCII such as 'example.org'") { text in
            isHost(Substring(text)) && text.contains(".") && !text.hasPrefix(".") && !text.contains("..")
                ? text.lowercased() : nil
        }
    }

    /// DNS lists: a zone whose family its name tells, or `family zone`.
    static var dnsLists: ValueKind {
        list("DNS lists such as 'dbl.spamhaus.org', 'multi.surbl.org' or 'zrd KEY.zrd.dq.spamhaus.net'") { text in
            let words = text.split(separator: " ")
            let families: [Substring] = ["dbl", "zrd", "surbl", "uribl"]
            guard let zone = words.last, words.count <= 2, isHost(zone), zone.contains(".") else { return nil }
            let isKnown =
                words.count == 2
                ? families.contains(words[0]) : zone.split(separator: ".").contains { families.contains($0) }
            return isKnown ? text : nil
        }
    }

    private static func list(_ items: String, _ parse: @escaping @Sendable (String) -> String?) -> ValueKind {
        let expected = "a list of at most \(countLimit) \(items)"
        return ValueKind(
            expected: expected, print: { "[\($0.map { YAMLScalar.flow($0) }.joined(separator: ", "))]" }
        ) { entry throws(ConfigurationError) in
            guard case .sequence(let sequence) = entry.node, sequence.count <= countLimit else {
                throw entry.fault(expected: expected)
            }
            var values: [String] = []
            for (index, node) in sequence.enumerated() {
                let item = Entry(
                    file: entry.file, key: "\(entry.key)[\(index + 1)]", line: node.mark?.line ?? entry.line, node: node
                )
                guard let text = item.text, let value = parse(text) else { throw item.fault(expected: items) }
                values.append(value)
            }
            return values
        }
    }
}

/// An address, with or without a prefix length; a look at the letters, the program that uses it judges.
private func isNetwork(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = parts.first else { return false }
    let isIPv6 = address.contains(":")
    let isAddress =
        isIPv6
        ? address.utf8.count <= 45 && address.utf8.allSatisfy { "0123456789abcdefABCDEF:.".utf8.contains($0) }
        : address.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }.allSatisfy { $0 != nil }
            && address.split(separator: ".", omittingEmptySubsequences: false).count == 4
    guard isAddress else { return false }
    guard parts.count == 2 else { return true }
    guard let bits = UInt8(parts[1]) else { return false }
    return bits <= (isIPv6 ? 128 : 32)
}
