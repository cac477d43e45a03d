// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import rearguardd

@Suite struct `Mail to a reporter` {
    @Test(arguments: [
        ("About it", "About it"), ("Zu prüfen", "=?utf-8?B?WnUgcHLDvGZlbg==?="),
    ]) func `has a subject in any language`(text: String, field: String) {
        #expect(Sendmail.encodedWords(text) == field)
    }

    @Test func `has a subject of words that are short enough, cut between characters`() {
        let words = Sendmail.encodedWords(String(repeating: "\u{E9}\u{1F600}", count: 40)).split(separator: "\n ")
        #expect(words.count > 5 && words.allSatisfy { $0.utf8.count <= 75 && $0.hasPrefix("=?utf-8?B?") })
    }
}
