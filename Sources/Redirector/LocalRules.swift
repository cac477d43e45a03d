// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import URLSyntax
import Verdicts

/// What can be told of a target without asking anybody.
package struct LocalRules: Sendable {
    /// For a host that is a public IP address: no shop and no bank has one in its links.
    package var ipLiteral = ClickPolicy.Grade.warn
    /// For a host that looks like a protected name.
    package var lookAlike = ClickPolicy.Grade.warn
    /// For a link wrapped so often that somebody is hiding it.
    package var wrapperDepth = ClickPolicy.Grade.warn
    /// For a domain that no mail of the site named before the last days.
    package var newDomain = ClickPolicy.Grade.follow
    /// How many days.
    package var newDomainDays = 7
    /// For a target that the site's DNS lists could not be asked about in time.
    package var noDNSAnswer = ClickPolicy.Grade.follow
    private var protectedNames: [ProtectedName] = []

    /// Wrappers around one another that a chain of honest gateways does not reach.
    private static let depthLimit = 4
    /// Names compared with the host at each click.
    package static let nameLimit = 1_000

    package init() {}

    /// Protects the names, brands' and the site's own domains, from hosts that look like them; more than `nameLimit` are
    /// left out.
    package mutating func protect(_ domains: [String]) {
        protectedNames = domains.prefix(Self.nameLimit).map { ProtectedName($0) }
    }

    /// What speaks against the URLs: the target and what is wrapped in it.
    func reasons(_ urls: [WebURL], wrapperDepth depth: Int) -> [ClickReason] {
        var reasons: [ClickReason] = []
        if urls.contains(where: { Self.isPublicAddress($0.host) }) { reasons.append(.ipLiteral) }
        for url in urls {
            guard case .domain(let name) = url.host, let alike = lookAlike(name) else { continue }
            reasons.append(.lookAlike(alike))
            break
        }
        if depth >= Self.depthLimit { reasons.append(.wrapperDepth(depth)) }
        return reasons
    }

    /// The first domain of the URLs that is new in the site's mail.
    func newDomain(_ urls: [WebURL], at time: Int64, in seen: SeenDomains) -> ClickReason? {
        let day = SeenDomains.day(at: time)
        for url in urls {
            guard let domain = url.registrableDomain else { continue }
            if seen.isNew(domain, on: day, within: newDomainDays) == true { return .newDomain(domain.text) }
        }
        return nil
    }

    /// The protected domain that a domain of a mail address looks like, and is not; nil when it looks like none.
    package func imitated(by domain: String) -> String? {
        guard let url = try? WebURL.parse(Array("http://\(domain)/".utf8)), case .domain(let name) = url.host else {
            return nil
        }
        return lookAlike(name)
    }

    private func lookAlike(_ host: [UInt8]) -> String? {
        guard !protectedNames.isEmpty else { return nil }
        let labels = host.split(separator: UInt8(ascii: "."))
        // A host that is the protected name itself is no look-alike of another one.
        guard !protectedNames.contains(where: { $0.covers(host) }) else { return nil }
        let shapes = labels.map { LabelShape($0) }
        return protectedNames.first { $0.resembles(shapes) }?.domain
    }

    /// Not the private ranges, where a site's own machines are (RFC 1918, RFC 4193).
    private static func isPublicAddress(_ host: URLSyntax.Host?) -> Bool {
        switch host {
        case .ipv4(let address):
            let (first, second) = (address >> 24, address >> 16 & 0xFF)
            let isPrivate =
                first == 10 || first == 127 || (first == 172 && (16...31).contains(second))
                || (first == 192 && second == 168) || (first == 169 && second == 254)
            return !isPrivate
        case .ipv6:
            let text = host?.serialized.dropFirst().dropLast() ?? []  // the brackets
            let isPrivate =
                text.elementsEqual("::1".utf8) || text.starts(with: "fc".utf8) || text.starts(with: "fd".utf8)
                || text.starts(with: "fe8".utf8)
            return !isPrivate
        default: return false
        }
    }
}

/// A domain that others may not look like.
private struct ProtectedName: Sendable {
    let domain: String
    private let bytes: [UInt8]
    private let shapes: [[UInt8]]

    init(_ domain: String) {
        self.domain = domain
        bytes = Array(domain.utf8).lowercased
        shapes = bytes.split(separator: UInt8(ascii: ".")).map { LabelShape($0).shape }
    }

    /// Whether the host is the domain or below it.
    func covers(_ host: [UInt8]) -> Bool {
        host == bytes
            || (host.count > bytes.count && host.suffix(bytes.count).elementsEqual(bytes)
                && host[host.count - bytes.count - 1] == UInt8(ascii: "."))
    }

    /// Whether the host's last labels look like the domain; or, anywhere in it, a label that is written in other letters
    /// than it seems to be looks like the domain's first one, whatever stands behind it.
    func resembles(_ host: [LabelShape]) -> Bool {
        if host.count >= shapes.count, host.suffix(shapes.count).map(\.shape) == shapes { return true }
        guard let name = shapes.first else { return false }
        return host.contains { $0.isDisguised && $0.shape == name }
    }
}

/// What a label looks like to a hasty reader: accents gone, letters of other scripts and digits read as the Latin
/// letters they resemble (after Unicode's confusables, UTS 39, section 4; the rows a name can be faked with).
struct LabelShape: Sendable {
    let shape: [UInt8]
    /// Whether it was written with letters beyond ASCII.
    let isDisguised: Bool

    init(_ label: some Collection<UInt8>) {
        let lowered = label.lowercased
        let prefix = ("xn--" as StaticString).bytes
        let scalars: [Unicode.Scalar]
        if lowered.starts(with: prefix), let decoded = Punycode.decode(lowered.dropFirst(prefix.count)) {
            scalars = decoded
            isDisguised = decoded.contains { !$0.isASCII }
        } else {
            scalars = lowered.map { Unicode.Scalar($0) }
            isDisguised = false
        }
        var out: [UInt8] = []
        for scalar in scalars { out.append(contentsOf: Self.latin(scalar)) }
        shape = Self.joined(out)
    }

    /// `rn` is read as `m`, `vv` as `w`.
    private static func joined(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        for byte in bytes {
            if byte == UInt8(ascii: "n"), out.last == UInt8(ascii: "r") {
                out[out.count - 1] = UInt8(ascii: "m")
            } else if byte == UInt8(ascii: "v"), out.last == UInt8(ascii: "v") {
                out[out.count - 1] = UInt8(ascii: "w")
            } else {
                out.append(byte)
            }
        }
        return out
    }

    private static func latin(_ scalar: Unicode.Scalar) -> [UInt8] {
        if scalar.isASCII { return [ascii(UInt8(truncatingIfNeeded: scalar.value))] }
        if let byte = confusables[scalar] { return [ascii(byte)] }
        // Letters with accents, in their decomposed form: the marks are dropped.
        let base = String(scalar).decomposedStringWithCompatibilityMapping.unicodeScalars
        let letters = base.filter { $0.properties.generalCategory != .nonspacingMark }
        return letters.flatMap { part -> [UInt8] in
            if part.isASCII { return [ascii(UInt8(truncatingIfNeeded: part.value))] }
            return confusables[part].map { [ascii($0)] } ?? Array(String(part).utf8)
        }
    }

    /// Digits that stand for letters.
    private static func ascii(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "0"): UInt8(ascii: "o")
        case UInt8(ascii: "1"), UInt8(ascii: "i"): UInt8(ascii: "l")
        case UInt8(ascii: "5"): UInt8(ascii: "s")
        default: byte.lowercased
        }
    }

    private static let confusables: [Unicode.Scalar: UInt8] = {
        let rows: [(String, Character)] = [
            ("а\u{0251}αａ", "a"), ("ЬЪьƅ", "b"), ("сϲⅽ", "c"), ("ԁɗⅾ", "d"), ("еєҽε", "e"), ("ƒғ", "f"), ("ɡԍց", "g"),
            ("һհɦ", "h"), ("іıɩιɪӏ", "i"), ("јʝ", "j"), ("кκҝ", "k"), ("ӏⅼ|ｌɭł", "l"), ("мⅿṃ", "m"), ("пոռη", "n"),
            ("оοօσөθø", "o"), ("рρƿ", "p"), ("ԛգ", "q"), ("гɾг", "r"), ("ѕꜱʂ", "s"), ("тτţŧ", "t"), ("υսʋц", "u"),
            ("ѵνᴠⅴ", "v"), ("ԝшωѡա", "w"), ("хχⅹ", "x"), ("уγүყ", "y"), ("ᴢʐż", "z"), ("đ", "d"), ("ß", "b"),
        ]
        var table: [Unicode.Scalar: UInt8] = [:]
        for (scalars, letter) in rows {
            for scalar in scalars.unicodeScalars { table[scalar] = letter.asciiValue }
        }
        return table
    }()
}

/// Reads a label's ASCII form back (RFC 3492).
enum Punycode {
    /// A label has at most 63 bytes.
    private static let limit = 63

    /// The scalars behind what follows `xn--`; nil for what no encoder makes.
    static func decode(_ text: some Collection<UInt8>) -> [Unicode.Scalar]? {
        guard text.count <= limit else { return nil }
        let bytes = Array(text)
        let dash = bytes.lastIndex(of: UInt8(ascii: "-"))
        var out = bytes[..<(dash ?? 0)].map { Unicode.Scalar($0) }
        var rest = bytes[(dash.map { $0 + 1 } ?? 0)...]
        var (code, index, bias) = (128, 0, 72)
        while !rest.isEmpty {
            let before = index
            var (weight, k) = (1, 36)
            while true {
                guard let byte = rest.popFirst(), let digit = digit(byte) else { return nil }
                index += digit * weight
                guard index < 1 << 30 else { return nil }
                let threshold = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias
                if digit < threshold { break }
                weight *= 36 - threshold
                guard weight < 1 << 30 else { return nil }
                k += 36
            }
            bias = adapted(index - before, count: out.count + 1, isFirst: before == 0)
            code += index / (out.count + 1)
            index %= out.count + 1
            guard let value = UInt32(exactly: code), let scalar = Unicode.Scalar(value) else { return nil }
            out.insert(scalar, at: index)
            index += 1
        }
        return out
    }

    private static func digit(_ byte: UInt8) -> Int? {
        if byte.isASCIILetter { return Int(byte.lowercased - UInt8(ascii: "a")) }
        return byte.isASCIIDigit ? Int(byte - UInt8(ascii: "0")) + 26 : nil
    }

    private static func adapted(_ delta: Int, count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var k = 0
        while delta > 455 {
            delta /= 35
            k += 36
        }
        return k + 36 * delta / (delta + 38)
    }
}
