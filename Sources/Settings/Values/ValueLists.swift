// SPDX-License-Identifier: Apache-2.0

import Mail
import Yams

// Lists of values in one option. Each element is read on its own, so that an error names the one that is wrong.

extension ValueKind {
    /// A list of at most so many of these; `item` says what one of them is.
    static func list<Element: Sendable>(
        of item: ValueKind<Element>, named plural: String, atMost limit: Int
    ) -> ValueKind<[Element]> where Value == [Element] {
        let expected = "a list of at most \(limit) \(plural)"
        return ValueKind(
            expected: expected, print: { "[\($0.map { inFlow(item.print($0)) }.joined(separator: ", "))]" },
            read: { entry throws(ConfigurationError) in
                guard case .sequence(let sequence) = entry.node, sequence.count <= limit else {
                    throw entry.fault(expected: expected)
                }
                var values: [Element] = []
                for (index, node) in sequence.enumerated() {
                    let line = node.mark?.line ?? entry.line
                    let key = "\(entry.key)[\(index + 1)]"
                    values.append(try item.read(Entry(file: entry.file, key: key, line: line, node: node)))
                }
                return values
            })
    }
}

extension ValueKind where Value == String {
    /// What records and log lines call a policy.
    static var policyName: ValueKind {
        let limit = 60
        return ValueKind("a name of 1 to \(limit) letters, digits, spaces, '.', '_' and '-'", print: { $0 }) { text in
            let isName = text.utf8.allSatisfy {
                ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || " ._-".utf8.contains($0)
            }
            return isName && !text.isEmpty && text.utf8.count <= limit ? text : nil
        }
    }
}

extension ValueKind where Value == AddressPattern {
    static var addressPattern: ValueKind {
        let expected = "an address, a domain, '.domain' for everything below a domain, or '<>'"
        return ValueKind(expected, print: { $0.description }) { AddressPattern($0) }
    }

    static var domainPattern: ValueKind {
        let expected = "a domain such as 'example.org', or '.example.org' for everything below it"
        return ValueKind(expected, print: { $0.description }) { text in
            text.contains("@") || text == "<>" ? nil : AddressPattern(text)
        }
    }
}

extension ValueKind where Value == [AddressPattern] {
    /// Every message is compared with all of them, so a thousand are many.
    static var addressPatterns: ValueKind { list(of: .addressPattern, named: "addresses and domains", atMost: 1_000) }
    static var domainPatterns: ValueKind { list(of: .domainPattern, named: "domains", atMost: 1_000) }
}

extension ValueKind where Value == [NetworkRange] {
    static var networks: ValueKind {
        let network = ValueKind<NetworkRange>(
            "an IP network such as '192.0.2.0/24' or '2001:db8::/32'", print: { $0.description }
        ) { NetworkRange($0) }
        return list(of: network, named: "IP networks", atMost: 1_000)
    }
}

extension ValueKind where Value == [AuthenticationResult] {
    static var results: ValueKind {
        let words = AuthenticationResult.words.joined(separator: ", ")
        let methods = AuthenticationResult.Method.allCases.map(\.rawValue).joined(separator: ", ")
        let result = ValueKind<AuthenticationResult>(
            "a result such as 'dmarc=fail' (\(methods); \(words))", print: { $0.description }
        ) { AuthenticationResult($0) }
        return list(of: result, named: "results", atMost: 16)
    }
}

extension ValueKind where Value == [String] {
    /// The names verifiers sign their results with (RFC 8601, section 2.5): host names, as a rule.
    static var verifiers: ValueKind {
        let verifier = ValueKind<String>("the authserv-id of a verifier, such as 'mx.example.org'", print: { $0 }) {
            isHost(Substring($0)) ? $0 : nil
        }
        return list(of: verifier, named: "verifiers", atMost: 16)
    }
}

extension ValueKind {
    /// Some of the words that an enumeration has.
    static func choices<Word>() -> ValueKind<[Word]>
    where Value == [Word], Word: RawRepresentable<String> & CaseIterable & Sendable {
        list(of: ValueKind<Word>.choice, named: "of these words", atMost: Word.allCases.count)
    }
}

/// One element as it stands within brackets, where a colon in plain text could mean something.
private func inFlow(_ text: String) -> String {
    text.hasPrefix("{") || text.hasPrefix("\"") || !text.contains(":") ? text : "\"\(text)\""
}
