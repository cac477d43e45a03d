// SPDX-License-Identifier: Apache-2.0

import CYara

/// Looks for the rules of one set in one object after the other.
///
/// One for each worker: it belongs to whoever made it, and is not shared.
@safe package final class RuleScanner {
    private let set: RuleSet
    private let scanner: UnsafeMutablePointer<YR_SCANNER>
    private var scan = RuleScan()

    package init(_ set: RuleSet) throws(RuleSetError) {
        self.set = set
        var made: UnsafeMutablePointer<YR_SCANNER>?
        guard unsafe yr_scanner_create(set.rules, &made) == ERROR_SUCCESS, let scanner = unsafe made else {
            throw RuleSetError([.init(source: "", line: nil, message: "no memory for a scanner")])
        }
        unsafe self.scanner = scanner
        // Fast mode stops at the first match of a string whose count and places no condition asks for. Without the
        // last flag libyara would install signal handlers.
        unsafe yr_scanner_set_flags(
            scanner, SCAN_FLAGS_FAST_MODE | SCAN_FLAGS_NO_TRYCATCH | SCAN_FLAGS_REPORT_RULES_MATCHING)
    }

    deinit {
        unsafe yr_scanner_destroy(scanner)
    }

    /// What the rules find in the bytes; a scan that takes longer than the deadline ends there, and says so.
    package func scan(_ bytes: borrowing Span<UInt8>, deadline: Duration) -> RuleScan {
        scan = RuleScan()
        unsafe shim_set_timeout(scanner, nanoseconds(deadline))
        unsafe yr_scanner_set_callback(scanner, Self.note, Unmanaged.passUnretained(self).toOpaque())
        let result = unsafe bytes.withUnsafeBufferPointer {
            unsafe yr_scanner_scan_mem(scanner, $0.baseAddress ?? Self.nothing, $0.count)
        }
        if result != ERROR_SUCCESS { scan.problem = .init(code: result) }
        return scan
    }

    /// At least one, since none means no deadline to libyara; at most a day.
    private func nanoseconds(_ deadline: Duration) -> UInt64 {
        let (seconds, attoseconds) = min(max(deadline, .nanoseconds(1)), .seconds(86_400)).components
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    /// libyara wants an address also for no bytes; nobody reads or writes behind it, so it may be shared.
    private nonisolated(unsafe) static let nothing = unsafe UnsafePointer(
        UnsafeMutablePointer<UInt8>.allocate(capacity: 1))

    private static let note: YR_CALLBACK_FUNC = { _, message, data, context in
        guard let data = unsafe data, let context = unsafe context else { return CALLBACK_CONTINUE }
        let scanner = unsafe Unmanaged<RuleScanner>.fromOpaque(context).takeUnretainedValue()
        switch message {
        case CALLBACK_MSG_RULE_MATCHING:
            unsafe scanner.scan.matches.append(RuleMatch(UnsafePointer(data.assumingMemoryBound(to: YR_RULE.self))))
        case CALLBACK_MSG_TOO_MANY_MATCHES:
            let string = unsafe data.assumingMemoryBound(to: YR_STRING.self)
            scanner.scan.problem = unsafe .tooManyMatches(string: String(cString: shim_string_name(string)))
        default: break
        }
        return CALLBACK_CONTINUE
    }
}

/// What one scan found.
package struct RuleScan: Hashable, Sendable {
    /// Why a scan is not complete.
    package enum Problem: Hashable, Sendable, CustomStringConvertible {
        /// It took longer than the deadline.
        case deadline
        /// The string matched more often than libyara counts (a million times), and was left out from there on.
        case tooManyMatches(string: String)
        case outOfMemory
        /// Another error of libyara, by its number.
        case failed(code: Int)

        init(code: CInt) {
            switch code {
            case ERROR_SCAN_TIMEOUT: self = .deadline
            case ERROR_INSUFFICIENT_MEMORY: self = .outOfMemory
            default: self = .failed(code: Int(code))
            }
        }

        package var description: String {
            switch self {
            case .deadline: "deadline passed"
            case .tooManyMatches(let string): "\(string) matches more than a million times"
            case .outOfMemory: "no memory"
            case .failed(let code): "libyara error \(code)"
            }
        }
    }

    /// The rules that hold, in the order of the set; what was found before a problem stands here too.
    package var matches: [RuleMatch] = []
    /// Nil when every rule was decided.
    package var problem: Problem?
}

/// A rule that holds for an object, with what its author says about it.
package struct RuleMatch: Hashable, Sendable {
    /// The value of a meta entry.
    package enum Value: Hashable, Sendable {
        case text(String)
        case number(Int64)
        case flag(Bool)
    }

    /// A meta entry: key and value; a key may stand several times.
    package struct Meta: Hashable, Sendable {
        package let key: String
        package let value: Value
    }

    package let rule: RuleName
    package let tags: [String]
    package let meta: [Meta]

    @unsafe init(_ rule: UnsafePointer<YR_RULE>) {
        unsafe self.rule = RuleName(rule)
        var tags: [String] = []
        var tag = unsafe shim_next_tag(rule, nil)
        while let current = unsafe tag {
            unsafe tags.append(String(cString: current))
            unsafe tag = shim_next_tag(rule, current)
        }
        self.tags = tags
        var meta: [Meta] = []
        var entry = unsafe shim_next_meta(rule, nil)
        while let current = unsafe entry {
            unsafe meta.append(.init(current))
            unsafe entry = shim_next_meta(rule, current)
        }
        self.meta = meta
    }
}

extension RuleMatch.Meta {
    @unsafe fileprivate init(_ entry: UnsafePointer<YR_META>) {
        key = unsafe String(cString: shim_meta_name(entry))
        switch unsafe entry.pointee.type {
        case META_TYPE_INTEGER: value = unsafe .number(entry.pointee.integer)
        case META_TYPE_BOOLEAN: value = unsafe .flag(entry.pointee.integer != 0)
        default: value = unsafe .text(shim_meta_string(entry).map { unsafe String(cString: $0) } ?? "")
        }
    }
}
