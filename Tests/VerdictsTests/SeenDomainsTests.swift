// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Verdicts

struct SeenDomainsTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("domains.seen") }

    init() throws { directory = try TemporaryDirectory() }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `a domain has the day it was first seen, and another has none`() throws {
        var list = SeenDomainList()
        for number in 0..<2_000 { list.note(bytes("d\(number).example"), day: 20_000 + number % 50) }
        list.note(bytes("d7.example"), day: 20_040)
        try list.write(to: path)
        let seen = try SeenDomains(path: path)
        #expect(seen.count == 2_001 && seen.firstDay == 20_000)
        for number in 0..<2_000 {
            #expect(seen.firstDay(of: bytes("d\(number).example")) == 20_000 + number % 50)
        }
        for number in 2_000..<4_000 { #expect(seen.firstDay(of: bytes("d\(number).example")) == nil) }
    }

    @Test func `new is what came within the last days or never, and nobody knows before as many have passed`() throws {
        var list = SeenDomainList()
        list.note(bytes("old.example"), day: 100)
        list.note(bytes("young.example"), day: 108)
        try list.write(to: path)
        let seen = try SeenDomains(path: path)
        let answers = [106, 107, 110, 114, 115].map { day in
            ["old.example", "young.example", "never.example"].map { seen.isNew(bytes($0), on: day, within: 7) }
        }
        #expect(
            answers == [
                [nil, nil, nil], [false, true, true], [false, true, true], [false, true, true], [false, false, true],
            ])
    }

    @Test(arguments: [0, 8, 24, 40, 48, 60, 64, 79]) func `a damaged file is refused, and the good one stays in force`(
        place: Int
    ) throws {
        var list = SeenDomainList()
        for number in 0..<2 { list.note(bytes("d\(number).example"), day: 9) }
        try list.write(to: path)
        let file = SeenDomainsFile(path: path, checkEvery: .zero)
        #expect(file.current()?.count == 2)
        var data = try Data(contentsOf: URL(filePath: path))
        data[place] ^= 1
        try data.write(to: URL(filePath: path), options: .atomic)
        #expect(throws: VerdictIndexError.self) { try SeenDomains(path: path) }
        #expect(file.current()?.count == 2)
        list.note(bytes("third.example"), day: 10)
        try list.write(to: path)
        #expect(file.current()?.count == 3)
    }
}
