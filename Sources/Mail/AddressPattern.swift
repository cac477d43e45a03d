// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What an administrator writes to name addresses: one address, a domain, or everything below a domain.
package struct AddressPattern: Hashable, Sendable, CustomStringConvertible {
    private enum Kind: Hashable, Sendable {
        /// `<>`: automatic mail that nobody may answer.
        case null
        case address(local: [UInt8], domain: [UInt8])
        case domain([UInt8])
        /// Not the domain itself.
        case below([UInt8])
    }

    /// Octets of a path (RFC 5321, section 4.5.3.1.3): nothing longer is an address.
    private static let lengthLimit = 256

    private let kind: Kind
    /// As written.
    package let description: String

    /// `<>`, `user@example.org`, `example.org` (that domain alone), or `.example.org` (all domains below it).
    package init?(_ text: String) {
        description = text
        let bytes = Array(text.utf8).lowercased
        guard bytes.count <= Self.lengthLimit, bytes.allSatisfy({ $0 > .space && $0 != 0x7F }) else { return nil }
        if text == "<>" {
            kind = .null
        } else if let at = bytes.lastIndex(of: UInt8(ascii: "@")) {
            let domain = Array(bytes[(at + 1)...])
            guard at > 0, Self.isDomain(domain[...]) else { return nil }
            kind = .address(local: Array(bytes[..<at]), domain: domain)
        } else if bytes.first == UInt8(ascii: ".") {
            guard Self.isDomain(bytes.dropFirst()) else { return nil }
            kind = .below(bytes)
        } else {
            guard Self.isDomain(bytes[...]) else { return nil }
            kind = .domain(bytes)
        }
    }

    /// Whether the pattern names the address, as it stands between the angle brackets; empty for the null path.
    ///
    /// Local parts are compared without case, as all servers do that anybody runs (RFC 5321, section 2.4, allows both).
    package func covers(_ address: some BidirectionalCollection<UInt8>) -> Bool {
        guard let at = address.lastIndex(of: UInt8(ascii: "@")) else {
            return address.isEmpty && kind == .null
        }
        var domain = address[address.index(after: at)...]
        if domain.last == UInt8(ascii: ".") { domain = domain.dropLast() }  // the same domain, written absolute
        switch kind {
        case .null: return false
        case .domain(let wanted): return domain.equalsIgnoringCase(wanted)
        case .below(let suffix):
            return domain.count > suffix.count && domain.suffix(suffix.count).equalsIgnoringCase(suffix)
        case .address(let local, let wanted):
            return domain.equalsIgnoringCase(wanted) && address[..<at].equalsIgnoringCase(local)
        }
    }

    /// Letters, digits, dashes and dots, or bytes over ASCII (SMTPUTF8), without an empty label.
    private static func isDomain(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty
            && bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
                !label.isEmpty
                    && label.allSatisfy {
                        $0.isASCIIAlphanumeric || $0.isNonASCII || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                    }
            }
    }
}
