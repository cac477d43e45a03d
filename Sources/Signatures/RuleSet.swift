// SPDX-License-Identifier: Apache-2.0

// Signatures: what analysts write down about bad files as YARA rules, compiled and looked for by the system's libyara.
//
// The only importer of CYara. A `RuleSet` is compiled once and shared; each worker has its own `RuleScanner`, because
// libyara keeps the state of a scan in its scanner and lets any number of those read one set. Compiling takes texts,
// not paths: libyara never opens a file for us (includes are resolved by `RuleFolder`, inside the folder only), so a rule
// file cannot make it read what it should not.
//
// Scans take bytes at hand, with libyara's own signal handlers off: those guard against mapped files that shrink under
// the scanner, which cannot happen to an array, and handlers belong to the process, not to a library. Failures are
// values: a scan past its deadline, or with a string that matched a million times, says so beside what it found, and the
// caller decides what that means for the object (never "clean").
//
// Road not taken: the `yara` program (a process for each object), and YARA-X (faster with regular expressions, but not
// in Debian, and a second implementation of the same rules than the analyst's own).

import CYara

/// YARA rules, compiled; shared by all scanners.
@safe package final class RuleSet: Sendable {
    /// Never written to after compiling, except by scans, which libyara allows from any thread.
    nonisolated(unsafe) let rules: UnsafeMutablePointer<YR_RULES>
    /// Every rule that can be reported: all but the private ones, in the order of the sources.
    package let names: [RuleName]

    /// Compiles the texts, each in a namespace of its own name; all or nothing.
    package init(_ sources: [RuleSource]) throws(RuleSetError) {
        let compiled = unsafe try RuleCompiler.compile(sources)
        var names: [RuleName] = []
        for number in unsafe 0..<shim_rule_count(compiled) {
            guard let rule = unsafe shim_rule_at(compiled, number), unsafe shim_rule_is_private(rule) == 0 else {
                continue
            }
            unsafe names.append(RuleName(rule))
        }
        unsafe rules = compiled
        self.names = names
    }

    /// Compiles what can be compiled; a file with a fault is left out, and its faults are told.
    package static func compiling(
        _ sources: [RuleSource]
    ) throws(RuleSetError) -> (set: RuleSet, sources: [RuleSource], faults: [RuleSetError.Fault]) {
        // Nearly always all are good, and compiling each alone takes twice the time.
        if let set = try? RuleSet(sources) { return (set, sources, []) }
        var faults: [RuleSetError.Fault] = []
        var good: [RuleSource] = []
        for source in sources {
            do throws(RuleSetError) {
                _ = try RuleSet([source])
                good.append(source)
            } catch {
                faults += error.faults
            }
        }
        return (try RuleSet(good), good, faults)
    }

    deinit {
        unsafe yr_rules_destroy(rules)
    }
}

/// The text of one rule file, its includes already put in.
package struct RuleSource: Hashable, Sendable {
    /// What errors and matches call it; the namespace of its rules.
    package let name: String
    package private(set) var text: [UInt8]
    /// Where each line comes from when it is put together from several files; empty when it is one.
    private var lines: [Line] = []

    private struct Line: Hashable, Sendable {
        let source: String
        let number: Int
    }

    package init(name: String, text: [UInt8]) {
        self.name = name
        self.text = text
    }

    /// Adds a piece of another text that stands there from this line on; it begins a line of its own.
    mutating func append(_ piece: ArraySlice<UInt8>, from source: String, at line: Int) {
        if let last = text.last, last != 0x0A { text.append(0x0A) }
        text += piece
        let count = piece.count { $0 == 0x0A } + (piece.last == 0x0A || piece.isEmpty ? 0 : 1)
        for number in 0..<count { lines.append(Line(source: source, number: line + number)) }
    }

    /// The fault where its line really stands.
    func place(_ fault: RuleSetError.Fault) -> RuleSetError.Fault {
        guard fault.source == name, let line = fault.line, lines.indices.contains(line - 1) else { return fault }
        return .init(source: lines[line - 1].source, line: lines[line - 1].number, message: fault.message)
    }
}

/// One rule of a set: the file it stands in, and its identifier there.
package struct RuleName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let source: String
    package let identifier: String

    package init(source: String, identifier: String) {
        self.source = source
        self.identifier = identifier
    }

    @unsafe init(_ rule: UnsafePointer<YR_RULE>) {
        source = unsafe String(cString: shim_rule_namespace(rule))
        identifier = unsafe String(cString: shim_rule_name(rule))
    }

    package static func < (one: RuleName, other: RuleName) -> Bool {
        (one.source, one.identifier) < (other.source, other.identifier)
    }

    package var description: String { "\(source):\(identifier)" }
}

/// Why rules were not compiled, with each place at fault.
package struct RuleSetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One fault: where, and what libyara says about it.
    package struct Fault: Hashable, Sendable, CustomStringConvertible {
        package let source: String
        /// From 1; nil when the fault is the file's as a whole.
        package let line: Int?
        package let message: String

        package init(source: String, line: Int?, message: String) {
            self.source = source
            self.line = line
            self.message = message
        }

        package var description: String { "\(source)\(line.map { ":\($0)" } ?? ""): \(message)" }
    }

    package let faults: [Fault]

    package init(_ faults: [Fault]) {
        self.faults = faults
    }

    package var description: String { faults.map(\.description).joined(separator: "\n") }
}
