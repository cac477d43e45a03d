// SPDX-License-Identifier: Apache-2.0

import Bytes
import Glibc
import Verdicts

/// ClamAV, by its daemon on a Unix socket.
///
/// The content goes to it as a descriptor (`FILDES`), so that no byte is copied; where that is not possible, over the
/// connection (`INSTREAM`). A command ends with a zero byte, and so does its answer (clamd(8), the `z` form).
///
/// clamd calls what is over its limits OK unless `AlertExceedsMax` is set, and there is no way to ask it; with that option
/// on, such an answer is the finding `Heuristics.Limits.Exceeded`, which is a limit here and no verdict.
package struct Clamd: ContentScanner {
    /// An answer names one signature.
    private static let answerLimit = 16_384
    /// Bytes of a chunk of INSTREAM; clamd takes any size up to its StreamMaxLength.
    private static let chunkSize = 256 * 1_024

    package let name = "clamd"
    private let path: String

    package init(path: String) {
        self.path = path
    }

    /// Which signatures are in force: `ClamAV 1.4.3/27500/Fri Nov 27 …`; another answer means that they changed.
    package func version(deadline: ContinuousClock.Instant) throws -> String {
        try Self.oneLine(ask("zVERSION", deadline: deadline))
    }

    /// Has it read its signature files anew; it answers later questions by them, unless it reads them beside its work
    /// (`ConcurrentDatabaseReload`).
    package func reload(deadline: ContinuousClock.Instant) throws {
        _ = try ask("zRELOAD", deadline: deadline)
    }

    package func scan(_ content: [UInt8], deadline: ContinuousClock.Instant) -> ScanResult {
        do {
            if let answer = try scanByDescriptor(content, deadline) { return Self.result(answer) }
            return Self.result(try scanByStream(content, deadline))
        } catch { return .failed("clamd: \(error)") }
    }

    private func ask(_ command: String, deadline: ContinuousClock.Instant) throws(StreamError) -> [UInt8] {
        let stream = try UnixStream(path: path, deadline: deadline)
        try stream.send(Array("\(command)\0".utf8))
        return try stream.answer(limit: Self.answerLimit)
    }

    /// Nil when that is not possible: no shared memory here, or a clamd that takes no descriptors.
    private func scanByDescriptor(
        _ content: [UInt8], _ deadline: ContinuousClock.Instant
    ) throws(StreamError) -> [UInt8]? {
        guard let file = SharedMemory(content) else { return nil }
        let stream = try UnixStream(path: path, deadline: deadline)
        try stream.send(Array("zFILDES\0".utf8))
        do {
            try stream.send(file: file.descriptor)
            let answer = try stream.answer(limit: Self.answerLimit)
            let isRefused = answer.text.hasPrefix("UNKNOWN COMMAND") || answer.text.contains("No file descriptor")
            return answer.isEmpty || isRefused ? nil : answer
        } catch {
            if error.isLate { throw error }
            return nil
        }
    }

    private func scanByStream(
        _ content: [UInt8], _ deadline: ContinuousClock.Instant
    ) throws(StreamError) -> [UInt8] {
        let stream = try UnixStream(path: path, deadline: deadline)
        try stream.send(Array("zINSTREAM\0".utf8))
        var rest = content[...]
        do {
            while !rest.isEmpty {
                let chunk = rest.prefix(Self.chunkSize)
                try stream.send(Self.length(chunk.count) + chunk)
                rest = rest.dropFirst(Self.chunkSize)
            }
            try stream.send(Self.length(0))
        } catch {
            // It closes when it has had too much, and has said why before.
            if let answer = try? stream.answer(limit: Self.answerLimit), !answer.isEmpty { return answer }
            throw error
        }
        return try stream.answer(limit: Self.answerLimit)
    }

    private static func length(_ count: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
    }

    /// What the answer says: `stream: OK`, `fd[7]: Name FOUND`, `… ERROR`.
    static func result(_ answer: [UInt8]) -> ScanResult {
        let text = oneLine(answer)
        let said = text.firstRange(of: ": ").map { text[$0.upperBound...] } ?? text[...]
        if said == "OK" { return .clean }
        if said.hasSuffix(" FOUND") {
            let name = String(said.dropLast(6))
            if name.hasPrefix("Heuristics.Limits.Exceeded") { return .limited("clamd: \(name)") }
            return .found([ScanFinding(name: name, verdict: verdict(of: name))])
        }
        if said.contains("size limit exceeded") { return .limited("clamd: size limit") }
        return .failed("clamd: \(text.isEmpty ? "no answer" : text)")
    }

    /// Unwanted programs and guesses are nothing that mail is taken away for without a look.
    private static func verdict(of name: String) -> Verdict {
        name.hasPrefix("PUA.") || name.hasPrefix("Heuristics.") ? .suspicious : .malicious
    }

    private static func oneLine(_ answer: [UInt8]) -> String {
        answer.map { $0 < 0x20 || $0 == 0x7F ? UInt8.space : $0 }.text
    }
}

/// Content in memory that another process can be given as a file; it has no name by which anybody else could open it.
final class SharedMemory {
    let descriptor: Int32

    init?(_ content: [UInt8]) {
        let name = "/rearguard-\(UInt64.random(in: 0 ... .max))"
        descriptor = unsafe shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else { return nil }
        unsafe shm_unlink(name)
        var start = 0
        while start < content.count {
            let count = unsafe content.withUnsafeBytes { buffer in
                unsafe write(descriptor, buffer.baseAddress.map { unsafe $0 + start }, buffer.count - start)
            }
            guard count > 0 else { return nil }
            start += count
        }
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { return nil }
    }

    deinit {
        if descriptor >= 0 { _ = close(descriptor) }
    }
}
