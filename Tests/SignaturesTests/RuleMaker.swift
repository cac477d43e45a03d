// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestTools

/// Makes rules about secrets, and objects in which the secrets stand in the forms that modifiers mean.
struct RuleMaker {
    private var random: FixedNumbers
    private let secrets: [[UInt8]]

    init(seed: UInt64) {
        var random = FixedNumbers(seed: seed)
        let signs = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789._-/: ".utf8)
        var secrets: [[UInt8]] = []
        for number in 0..<60 {
            let length = 3 + random.below(number % 5 == 0 ? 60 : 14)
            secrets.append((0..<length).map { _ in number % 7 == 0 ? random.byte() : random.one(of: signs) })
        }
        self.random = random
        self.secrets = secrets
        self.random = random
    }

    // MARK: objects

    /// Text or noise, with a few secrets in it.
    mutating func object() -> [UInt8] {
        let size = random.one(of: [0, 3, 40, 700, 5_000, 5_000, 20_000, 70_000, 140_000]) + random.below(50)
        let isText = random.below(2) == 0
        let words = ["the ", "invoice ", "order", "123 ", "<p>", "\r\n", "href=", "Http"].map { Array($0.utf8) }
        var object: [UInt8] = []
        while object.count < size {
            if isText { object += random.one(of: words) } else { object.append(random.byte()) }
        }
        for _ in 0..<random.below(8) { plant(in: &object) }
        return object
    }

    private mutating func plant(in object: inout [UInt8]) {
        var form = random.one(of: secrets)
        switch random.below(9) {
        case 0: form = form.map { $0 >= 0x61 && $0 < 0x7B ? $0 - 32 : $0 }
        case 1: form = Self.wide(form)
        case 2:
            let key = random.byte()
            form = form.map { $0 ^ key }
        case 3:
            let key = random.byte()
            form = Self.wide(form).map { $0 ^ key }
        case 4: form = base64(form)
        case 5: form = Self.wide(base64(form))
        case 6: form = base64(Self.wide(form))
        default: break
        }
        let place = random.one(of: [0, object.count, random.below(object.count + 1)])
        object.replaceSubrange(place..<min(object.count, place + form.count), with: form)
    }

    private static func wide(_ bytes: [UInt8]) -> [UInt8] { bytes.flatMap { [$0, 0] } }

    private mutating func base64(_ bytes: [UInt8]) -> [UInt8] {
        let lead = (0..<random.below(3)).map { _ in random.byte() }
        return Array(Data(lead + bytes + [random.byte()]).base64EncodedString().utf8)
    }

    // MARK: rules

    /// A text of several rules; later ones may name earlier ones.
    mutating func rules(_ count: Int) -> [String] {
        var rules: [String] = []
        for number in 0..<count { rules.append(rule(number)) }
        return rules
    }

    private mutating func rule(_ number: Int) -> String {
        let count = 1 + random.below(4)
        let names = (0..<count).map { "$\($0 % 2 == 0 ? "a" : "b")\($0)" }
        let strings = names.map { "    \($0) = \(string())\n" }.joined()
        let condition = condition(names, number)
        let isPrivate = random.below(12) == 0 ? "private " : ""
        return """
            \(isPrivate)rule r\(number) {
              strings:
            \(strings)
              condition: \(naming(names, condition))
            }

            """
    }

    /// Every string has to be named somewhere, or libyara refuses the rule.
    private func naming(_ names: [String], _ condition: String) -> String {
        let unnamed = condition.contains("them") ? [] : names.filter { !condition.contains($0) }
        let counts = unnamed.map { " and #\($0.dropFirst()) >= 0" }.joined()
        return unnamed.isEmpty ? condition : "(\(condition))\(counts)"
    }

    private mutating func string() -> String {
        switch random.below(4) {
        case 0: hex()
        case 1: regex()
        default: text()
        }
    }

    private mutating func text() -> String {
        let value = random.one(of: secrets).map { byte -> String in
            switch byte {
            case 0x22, 0x5C: "\\" + String(UnicodeScalar(byte))
            case 0x20...0x7E: String(UnicodeScalar(byte))
            default: "\\x" + Self.hex(byte)
            }
        }.joined()
        let form = random.one(of: [
            "", "", "nocase", "fullword", "nocase fullword", "xor", "xor(1-255)", "xor(17)", "base64", "base64wide",
            "base64 base64wide",
            "base64(\"!@#$%^&*(){}[].,|ABCDEFGHIJ\\x09LMNOPQRSTUVWXYZabcdefghijklmnopqrstu\")", "private",
        ])
        return "\"\(value)\" \(form) \(random.one(of: ["", "", "ascii", "wide", "wide ascii"]))"
    }

    private mutating func hex() -> String {
        var parts: [String] = []
        let secret = random.one(of: secrets)
        for (number, byte) in secret.enumerated() {
            let isInside = number > 0 && number < secret.count - 1
            switch isInside ? random.below(16) : 15 {
            case 0: parts.append("??")
            case 1: parts.append(Self.hex(byte).prefix(1) + "?")
            case 2: parts.append("?" + Self.hex(byte).suffix(1))
            case 3: parts.append("[1]")
            case 4: parts.append("[0-3] \(Self.hex(byte))")
            case 5: parts.append("( \(Self.hex(byte)) | \(Self.hex(random.byte())) \(Self.hex(random.byte())) )")
            case 6: parts.append("( ?? | \(Self.hex(random.byte())) )")
            case 7: parts.append("/* ) */ \(Self.hex(byte)) // }\n")
            default: parts.append(Self.hex(byte))
            }
        }
        return "{ \(parts.joined(separator: " ")) }"
    }

    private mutating func regex() -> String {
        var parts: [String] = []
        for byte in random.one(of: secrets) {
            let isPlain = byte < 0x80 && (byte >= 0x30 && byte < 0x3A || byte | 0x20 >= 0x61 && byte | 0x20 < 0x7B)
            let sign = isPlain ? String(UnicodeScalar(byte)) : "\\x" + Self.hex(byte)
            switch random.below(20) {
            case 0: parts.append(".")
            case 1: parts.append("[\(sign)x-z]")
            case 2: parts.append("\(sign)?")
            case 3: parts.append("\(sign)+")
            case 4: parts.append("(\(sign)|zz|y{2})")
            case 5: parts.append("\(sign){1,3}")
            case 6: parts.append("[^q]")
            case 7: parts.append("(\(sign))")
            case 8: parts.append("\(sign){1}")
            case 9: parts.append(".{0,2}\(sign)")
            case 10: parts.append("\(sign)*\(sign)?.*")
            case 11: parts.append("\(sign)(ab)*")
            default: parts.append(sign)
            }
        }
        let flags = random.one(of: ["", "", "i", "s", "is"])
        return
            "/\(parts.joined())/\(flags) \(random.one(of: ["", "nocase", "wide", "wide ascii", "fullword", "ascii"]))"
    }

    private static func hex(_ byte: UInt8) -> String { String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }

    private mutating func condition(_ names: [String], _ number: Int) -> String {
        let first = random.one(of: names)
        let bare = first.dropFirst()
        let other = random.one(of: names)
        let earlier = number > 0 ? "r\(random.below(number))" : "true"
        return random.one(of: [
            "any of them", "all of them", "2 of them", "1 of ($a*)", "50% of them", "none of them",
            "\(first) and \(other)",
            "\(first) or not \(other)", "\(first) and not \(other)", "#\(bare) > 1", "#\(bare) == 0", "1 <= #\(bare)",
            "for any of them : ( # > 1 )", "for all of ($a*) : ( $ in (0..4000) )", "\(first) at 0",
            "\(first) in (0..100)",
            "@\(bare)[1] < 500", "!\(bare)[1] > 3", "for any i in (1..#\(bare)) : ( @\(bare)[i] % 2 == 0 )",
            "for all i in (1..#\(bare)) : ( @\(bare)[i] > 10 )", "filesize < 6KB and \(first)",
            "filesize > 100 and filesize <= 0x2000 and any of them", "\(first) and uint8(0) != 0",
            "uint16be(0) == 0x7468 and any of them", "\(first) or \(earlier)", "\(earlier) and any of them",
            "not \(earlier) and \(first)", "any of (r*) or \(first)", "#\(bare) + #\(other.dropFirst()) > 2",
            "for 2 of them : ( # > 0 )", "any of them in (0..200)", "(\(first) or \(other)) and filesize != 3",
            "defined @\(bare)[2]", "for any x in (0, 4, 9) : ( \(first) at x )", "-1 < #\(bare)", "true",
            "false or \(first)",
            "2 - 1 of them", "all of ($a*) and true",
        ])
    }
}
