// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Testing

@testable import Links

/// One case of `Cases/*-links.txt`.
struct LinkCase: CustomTestStringConvertible, Sendable {
    var name: String
    var document: [UInt8] = []
    var targets: [[UInt8]] = []
    var notes: [String] = []
    var removals: [String] = []

    var testDescription: String { name }

    static func all(in file: String) throws -> [LinkCase] {
        var cases: [LinkCase] = []
        for line in try Corpus.fixture(file).split(separator: "\n") {
            let value = String(line.dropFirst(2))
            switch line.first {
            case "=": cases.append(LinkCase(name: value))
            case "<": cases[cases.count - 1].add(documentLine: bytes(value))
            case ">": cases[cases.count - 1].targets.append(bytes(value))
            case "-": cases[cases.count - 1].removals.append(value)
            case "!": cases[cases.count - 1].notes.append(value)
            default: continue
            }
        }
        return cases
    }

    private mutating func add(documentLine line: [UInt8]) {
        document += (document.isEmpty ? [] : [0x0A]) + line
    }

    /// The bytes of a line, `\xNN` undone.
    private static func bytes(_ line: String) -> [UInt8] {
        let pieces = line.components(separatedBy: "\\x")
        return pieces.dropFirst().reduce(Array(pieces[0].utf8)) { out, piece in
            out + (Hex.decode(Array(piece.utf8.prefix(2))) ?? []) + piece.utf8.dropFirst(2)
        }
    }
}

/// A way to scan a part.
enum Scanner: String, CaseIterable, Sendable {
    case html, text, flowed, calendar, enriched
    /// HTML without links, for what clients load by themselves.
    case pictures

    /// Those that look for links.
    static let allCases: [Scanner] = [.html, .text, .flowed, .calendar, .enriched]

    /// What the scan says of where it found a link.
    var place: LinkPlace { self == .html ? .html : self == .pictures ? .picture : .text }

    var cases: String { "\(rawValue)-links.txt" }

    func scan(_ bytes: [UInt8], charset: TextCharset = .utf8, limits: LinkLimits = .init()) -> LinkScan {
        var limits = limits
        limits.findsPictures = self == .pictures
        return PartLinks.scan(bytes, as: format, charset: charset, limits: limits)
    }

    private var format: LinkFormat {
        switch self {
        case .html, .pictures: .html
        case .text: .plain(flow: nil)
        case .flowed: .plain(flow: TextFlow(deletesSpace: true))
        case .calendar: .calendar
        case .enriched: .enriched
        }
    }

    /// The document with every link led elsewhere, and without what must not stay; nil when the patches do not fit
    /// together.
    func rewritten(_ bytes: [UInt8], _ scan: LinkScan) -> [UInt8]? {
        let links = scan.candidates.enumerated().map { ordinal, candidate in
            candidate.patch(rewrittenURL: Self.rewrittenURL(ordinal))
        }
        let patches = (links + scan.removals.map(\.patch)).sorted { $0.range.lowerBound < $1.range.lowerBound }
        return try? patches.applied(to: bytes)
    }

    static func rewrittenURL(_ ordinal: Int) -> [UInt8] {
        Array("https://click.example.org/to/a.example/AQIDBA-_x\(ordinal)".utf8)
    }
}
