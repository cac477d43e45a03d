// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Records

/// Why a record was put aside.
struct RecordRefusal: Error {
    let reason: String
}

/// A record that can be read from its JSON and checked.
protocol JournalRecord: Decodable {
    static var expectedType: String { get }
    /// Whether it can be a record of this type.
    static func accepts(_ type: String) -> Bool
    var type: String { get }
    var v: Int { get }
    /// What the store relies on and a decoder does not check; nil when all is well.
    var fault: String? { get }
}

/// The version of the records that this program writes and reads.
private let version = 1

extension JournalRecord {
    static func accepts(_ type: String) -> Bool { type == expectedType }

    /// The record behind the JSON, or why there is none.
    static func read(_ json: [UInt8], _ decoder: JSONDecoder) -> Result<Self, RecordRefusal> {
        let data = Data(json)
        // The type first: of a record of another kind, or of a newer version, the missing fields are not the point.
        let head: RecordHead
        do {
            head = try decoder.decode(RecordHead.self, from: data)
        } catch {
            return .failure(RecordRefusal(reason: "no record: \(reason(error))"))
        }
        guard accepts(head.type) else {
            return .failure(
                RecordRefusal(reason: "type '\(head.type.shown(limit: 50))', expected '\(expectedType)'"))
        }
        guard head.v == version else {
            return .failure(RecordRefusal(reason: "version \(head.v), expected \(version)"))
        }
        do {
            let record = try decoder.decode(Self.self, from: data)
            if let fault = record.fault { return .failure(RecordRefusal(reason: fault)) }
            return .success(record)
        } catch {
            return .failure(RecordRefusal(reason: reason(error)))
        }
    }
}

/// What every record begins with.
private struct RecordHead: Decodable {
    let type: String
    let v: Int
}

extension MessageRecord: JournalRecord {
    static var expectedType: String { "message" }
    var fault: String? {
        attachments.contains { !$0.sha256.isHexadecimal(digits: 64) }
            ? "an attachment's sha256 is not 64 small hexadecimal digits" : nil
    }
}

extension ClickRecord: JournalRecord {
    static var expectedType: String { "click" }
    var fault: String? { id.isHexadecimal(digits: 16) ? nil : "id is not 16 small hexadecimal digits" }
}

/// What stands in the click journal: clicks, and what somebody should look at.
enum ClickJournalEntry: JournalRecord {
    case click(ClickRecord)
    case alert(ClickAlertRecord)

    private enum Key: CodingKey { case type }

    static var expectedType: String { "click" }
    static func accepts(_ type: String) -> Bool { type == "click" || type == "click_alert" }

    init(from decoder: any Decoder) throws {
        let type = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .type)
        self = try type == "click_alert" ? .alert(ClickAlertRecord(from: decoder)) : .click(ClickRecord(from: decoder))
    }

    var type: String {
        switch self {
        case .click(let record): record.type
        case .alert(let record): record.type
        }
    }
    var v: Int {
        switch self {
        case .click(let record): record.v
        case .alert(let record): record.v
        }
    }
    var fault: String? {
        switch self {
        case .click(let record): record.fault
        case .alert(let record): record.id.isHexadecimal(digits: 16) ? nil : "id is not 16 small hexadecimal digits"
        }
    }
}

extension String {
    fileprivate func isHexadecimal(digits: Int) -> Bool {
        utf8.count == digits && utf8.allSatisfy { $0.isASCIIHexDigit && $0.lowercased == $0 }
    }
}

/// The decoder's error in words: which field, and what about it.
private func reason(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)".shown(limit: 200) }
    let (context, problem): (DecodingError.Context, String) =
        switch error {
        case .keyNotFound(let key, let context): (context, "'\(key.stringValue)' is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            (context, context.debugDescription)
        @unknown default: (DecodingError.Context(codingPath: [], debugDescription: ""), "\(error)")
        }
    let place = context.codingPath.map(\.stringValue).joined(separator: ".")
    return (place.isEmpty ? problem : "\(place): \(problem)").shown(limit: 200)
}
