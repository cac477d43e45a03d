// SPDX-License-Identifier: Apache-2.0

import Yams

/// A domain whose links are not rewritten, with somebody who answers for it and a day on which that ends.
///
/// Exemption stops the rewriting, never the recording and the verdict.
package struct ExemptDomain: Hashable, Sendable {
    /// In small ASCII letters; covers the domain and everything below it.
    package let domain: String
    package let owner: String
    package let reason: String
    /// The last day on which the exemption holds.
    package let expires: CalendarDay

    /// Whether the exemption still holds at a time in milliseconds since 1970, UTC.
    package func holds(at milliseconds: Int64) -> Bool { CalendarDay(of: milliseconds) <= expires }

    /// Links of a message are compared with all of them: a site with more wants a policy, not a list.
    private static let countLimit = 1_000

    private static let options: [any DeclaredOption] = [domainOption, ownerOption, reasonOption, expiresOption]
    private static let domainOption = Option(
        "domain", example: "example.org",
        ValueKind<String>("a domain in ASCII such as 'example.org'", print: { $0 }) { text in
            isHost(Substring(text)) && text.contains(".") && !text.hasPrefix(".") && !text.contains("..")
                ? text.lowercased() : nil
        })
    private static let ownerOption = Option("owner", example: "it@example.org", ValueKind<String>.text)
    private static let reasonOption = Option("reason", example: "internal", ValueKind<String>.text)
    private static let expiresOption = Option(
        "expires", example: "2030-12-31",
        ValueKind<CalendarDay>("a day such as '2030-12-31'", print: { $0.description }) { CalendarDay($0) })

    static var listKind: ValueKind<[ExemptDomain]> {
        let expected = "a list of at most \(countLimit) exemptions"
        return ValueKind(expected: expected, print: text) { entry throws(ConfigurationError) in
            guard case .sequence(let sequence) = entry.node, sequence.count <= countLimit else {
                throw entry.fault(expected: expected)
            }
            var domains: [ExemptDomain] = []
            for (index, node) in sequence.enumerated() {
                let line = node.mark?.line ?? entry.line
                let item = Entry(file: entry.file, key: "\(entry.key)[\(index + 1)]", line: line, node: node)
                domains.append(try ExemptDomain(item))
            }
            return domains
        }
    }

    private init(_ entry: Entry) throws(ConfigurationError) {
        var reader = try SectionReader(item: entry, options: Self.options)
        domain = try reader.value(Self.domainOption)
        owner = try reader.value(Self.ownerOption)
        reason = try reader.value(Self.reasonOption)
        expires = try reader.value(Self.expiresOption)
    }

    @Sendable private static func text(_ domains: [ExemptDomain]) -> String {
        let items = domains.map { item in
            let fields = [
                "domain: \(YAMLScalar.plain(item.domain))", "owner: \(YAMLScalar.flow(item.owner))",
                "reason: \(YAMLScalar.flow(item.reason))", "expires: \(item.expires)",
            ]
            return "{\(fields.joined(separator: ", "))}"
        }
        return "[\(items.joined(separator: ", "))]"
    }
}
