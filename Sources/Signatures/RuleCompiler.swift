// SPDX-License-Identifier: Apache-2.0

import CYara
import Glibc

/// libyara's compiler, for the time of one compilation.
enum RuleCompiler {
    /// libyara's own tables, made once for the process and never taken down; nil when it could not.
    private static let isReady = yr_initialize() == ERROR_SUCCESS

    /// What the callback collects; an error in one file ends the compiler's life, so there is one file at fault at most.
    private final class Faults {
        var faults: [RuleSetError.Fault] = []
    }

    static func compile(_ sources: [RuleSource]) throws(RuleSetError) -> UnsafeMutablePointer<YR_RULES> {
        guard isReady else { throw failure("libyara cannot be set up") }
        var made: UnsafeMutablePointer<YR_COMPILER>?
        guard unsafe yr_compiler_create(&made) == ERROR_SUCCESS, let compiler = unsafe made else {
            throw failure("no memory for a compiler")
        }
        defer { unsafe yr_compiler_destroy(compiler) }
        let faults = Faults()
        defer { withExtendedLifetime(faults) {} }
        unsafe yr_compiler_set_callback(compiler, note, Unmanaged.passUnretained(faults).toOpaque())
        unsafe yr_compiler_set_include_callback(compiler, nil, nil, nil)
        for source in sources {
            let count = unsafe add(source, to: compiler)
            guard count == 0 else {
                throw RuleSetError(faults.faults.isEmpty ? [whole(source)] : faults.faults.map(source.place))
            }
        }
        var rules: UnsafeMutablePointer<YR_RULES>?
        let result = unsafe yr_compiler_get_rules(compiler, &rules)
        guard result == ERROR_SUCCESS, let rules = unsafe rules else {
            throw failure("the rules cannot be put together: \(RuleScan.Problem(code: result))")
        }
        return unsafe rules
    }

    /// Gives one text to the compiler, as a file in memory, so that errors have its name; the number of errors in it.
    private static func add(_ source: RuleSource, to compiler: UnsafeMutablePointer<YR_COMPILER>) -> CInt {
        guard !source.text.isEmpty else { return 0 }
        var text = source.text
        return unsafe text.withUnsafeMutableBytes { bytes in
            guard let file = unsafe fmemopen(bytes.baseAddress, bytes.count, "r") else { return 1 }
            defer { unsafe _ = fclose(file) }
            return unsafe yr_compiler_add_file(compiler, file, source.name, source.name)
        }
    }

    private static let note: YR_COMPILER_CALLBACK_FUNC = { level, file, line, _, message, context in
        guard level == YARA_ERROR_LEVEL_ERROR, let context = unsafe context else { return }
        let source = unsafe file.map { unsafe String(cString: $0) } ?? ""
        let text = unsafe message.map { unsafe String(cString: $0) } ?? "error without a message"
        let fault = RuleSetError.Fault(source: source, line: line > 0 ? Int(line) : nil, message: text)
        unsafe Unmanaged<Faults>.fromOpaque(context).takeUnretainedValue().faults.append(fault)
    }

    private static func whole(_ source: RuleSource) -> RuleSetError.Fault {
        .init(source: source.name, line: nil, message: "cannot be compiled")
    }

    private static func failure(_ message: String) -> RuleSetError {
        RuleSetError([.init(source: "", line: nil, message: message)])
    }
}
