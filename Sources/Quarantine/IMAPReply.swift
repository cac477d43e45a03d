// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A line of the server that says how something went: `OK`, `NO`, `BAD`, `BYE`, with a code in brackets and words.
struct IMAPStatus: Hashable {
    enum Condition: String {
        case ok = "OK"
        case no = "NO"
        case bad = "BAD"
        case bye = "BYE"
        case preauthenticated = "PREAUTH"
    }

    var condition: Condition
    /// The words in the brackets: `["UIDVALIDITY", "17"]`; the first one in capitals.
    var code: [String] = []
    var text = ""
}

/// One thing the server says without being asked by name.
enum IMAPUntagged: Hashable {
    case status(IMAPStatus)
    case capability([String])
    /// A folder; `name` is nil when it cannot be named in a command, `opens` is false for `\Noselect`.
    case folder(name: FolderName?, opens: Bool)
    case search([UInt32])
    case message(IMAPMessage)
    case other
}

/// What FETCH told of one message.
struct IMAPMessage: Hashable {
    var uid: UInt32?
    var flags: MessageFlags?
    var internalDate: String?
    /// The header section asked for.
    var header: [UInt8]?
}

/// All that came back for one command: the last tagged line and the untagged ones before it.
///
/// A tagged line that is not the last one closes an earlier command (libcurl's own, when it logs in), and what stands
/// before it is dropped.
struct IMAPReply: Hashable {
    /// nil when the server went away before it answered.
    private(set) var status: IMAPStatus?
    private(set) var untagged: [IMAPUntagged] = []

    /// Characters of one status line kept for people.
    private static let textLimit = 200
    /// Characters of one word of a code: COPYUID lists the UIDs of one command.
    private static let codeLimit = 8_192

    init(_ bytes: [UInt8]) {
        var cursor = IMAPCursor(bytes)
        while !cursor.isAtEnd {
            if cursor.take(UInt8(ascii: "*")) {
                guard cursor.take(.space) else {
                    _ = cursor.restOfLine()
                    continue
                }
                startCommandIfAnswered()
                untagged.append(Self.untagged(&cursor))
            } else if let status = Self.tagged(&cursor) {
                startCommandIfAnswered()
                self.status = status
            }
        }
    }

    private mutating func startCommandIfAnswered() {
        guard status != nil else { return }
        status = nil
        untagged = []
    }
}

// MARK: The lines

extension IMAPReply {
    /// `A003 OK [READ-WRITE] Select completed.`; nil for a continuation or garbage, which is stepped over.
    private static func tagged(_ cursor: inout IMAPCursor) -> IMAPStatus? {
        guard let tag = cursor.atom(), tag.allSatisfy(\.isASCIIAlphanumeric), cursor.take(.space),
            let word = cursor.atom(), let condition = IMAPStatus.Condition(rawValue: word.text),
            condition != .bye, condition != .preauthenticated
        else {
            _ = cursor.restOfLine()
            return nil
        }
        return status(condition, &cursor)
    }

    /// What stands after `* `, up to the end of its line.
    private static func untagged(_ cursor: inout IMAPCursor) -> IMAPUntagged {
        let number = cursor.number()
        if number != nil { _ = cursor.take(.space) }
        guard let word = cursor.atom() else {
            _ = cursor.restOfLine()
            return .other
        }
        if let condition = IMAPStatus.Condition(rawValue: word.text) { return .status(status(condition, &cursor)) }
        defer { _ = cursor.restOfLine() }
        if word.equalsIgnoringCase("CAPABILITY") { return .capability(words(&cursor)) }
        if word.equalsIgnoringCase("SEARCH") { return .search(numbers(&cursor)) }
        if word.equalsIgnoringCase("LIST") { return folder(&cursor) ?? .other }
        if number != nil, word.equalsIgnoringCase("FETCH") { return message(&cursor) ?? .other }
        return .other
    }

    private static func status(_ condition: IMAPStatus.Condition, _ cursor: inout IMAPCursor) -> IMAPStatus {
        _ = cursor.take(.space)
        var text = cursor.restOfLine()
        var status = IMAPStatus(condition: condition)
        if text.first == UInt8(ascii: "["), let end = text.firstIndex(of: UInt8(ascii: "]")) {
            let code = text[(text.startIndex + 1)..<end]
            status.code = code.split(separator: .space).map { $0.prefix(codeLimit).text }
            if let name = status.code.first { status.code[0] = name.uppercased() }
            text = text[(end + 1)...]
        }
        let words = text.drop { $0 == .space }.prefix(textLimit)
        status.text = words.map { $0 < .space || $0 == 0x7F ? UInt8(ascii: "?") : $0 }.text
        return status
    }

    private static func words(_ cursor: inout IMAPCursor) -> [String] {
        var words: [String] = []
        while cursor.take(.space), let word = cursor.atom() { words.append(word.text.uppercased()) }
        return words
    }

    private static func numbers(_ cursor: inout IMAPCursor) -> [UInt32] {
        var numbers: [UInt32] = []
        while cursor.take(.space), let number = cursor.number() { numbers.append(number) }
        return numbers
    }

    /// `* LIST (\HasNoChildren) "/" "A folder"` (RFC 3501, section 7.2.2).
    private static func folder(_ cursor: inout IMAPCursor) -> IMAPUntagged? {
        guard cursor.take(.space), let attributes = flags(&cursor), cursor.take(.space), cursor.anyString() != nil,
            cursor.take(.space), let name = cursor.anyString()
        else { return nil }
        let closed = attributes.contains {
            $0.equalsIgnoringCase("\\Noselect") || $0.equalsIgnoringCase("\\NonExistent")
        }
        return .folder(name: FolderName(name), opens: !closed)
    }

    /// `(\Seen $Important)`.
    private static func flags(_ cursor: inout IMAPCursor) -> [[UInt8]]? {
        guard cursor.take(UInt8(ascii: "(")) else { return nil }
        var flags: [[UInt8]] = []
        while let flag = cursor.atom() {
            flags.append(flag)
            _ = cursor.take(.space)
        }
        return cursor.take(UInt8(ascii: ")")) ? flags : nil
    }

    /// `(UID 7 FLAGS (\Seen) …)` (RFC 3501, section 7.4.2); items we did not ask for are stepped over.
    private static func message(_ cursor: inout IMAPCursor) -> IMAPUntagged? {
        guard cursor.take(.space), cursor.take(UInt8(ascii: "(")) else { return nil }
        var message = IMAPMessage()
        while let name = cursor.itemName(), cursor.take(.space) {
            guard item(name, &message, &cursor) else { return nil }
            _ = cursor.take(.space)
        }
        return cursor.take(UInt8(ascii: ")")) ? .message(message) : nil
    }

    private static func item(_ name: [UInt8], _ message: inout IMAPMessage, _ cursor: inout IMAPCursor) -> Bool {
        if name.equalsIgnoringCase("UID") {
            message.uid = cursor.number()
            return message.uid != nil
        }
        if name.equalsIgnoringCase("FLAGS") {
            message.flags = flags(&cursor).map { MessageFlags($0) }
            return message.flags != nil
        }
        if name.equalsIgnoringCase("INTERNALDATE") {
            message.internalDate = cursor.string().map(\.text)
            return message.internalDate != nil
        }
        guard name.prefix(5).equalsIgnoringCase("BODY[") else { return cursor.skipValue() }
        if let header = cursor.string() {
            message.header = header
            return true
        }
        return cursor.skipValue()
    }
}
