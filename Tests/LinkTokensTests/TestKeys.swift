// SPDX-License-Identifier: Apache-2.0

import Bytes
import LinkTokens
import Mail

/// Key rings of tests: key 1 retired, key 2 current, key 3 next.
enum TestKeys {
    static func secret(_ seed: UInt8) -> String {
        Hex.encode((0..<32).map { $0 &* 7 &+ seed }).text
    }

    static func ring(_ lines: [String]) throws -> KeyRing {
        try KeyRing(text: Array(lines.joined(separator: "\n").utf8), name: "test keys")
    }

    static func usual() throws -> KeyRing {
        try ring([
            "1 retired 2023-01-31 \(secret(1))", "2 current 2024-01-31 \(secret(2))", "3 next 2024-06-30 \(secret(3))",
        ])
    }

    /// The same ids with other secrets.
    static func other() throws -> KeyRing {
        try ring(["1 retired \(secret(11))", "2 current \(secret(12))", "3 next \(secret(13))"])
    }

    static let reference = MessageReference(bits: 0x0123_4567_89AB_CDEF)
    static let clickURL = Array("https://click.example.org".utf8)
}
