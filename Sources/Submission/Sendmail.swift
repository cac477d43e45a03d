// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The `sendmail` command of the MTA.
struct Sendmail: Sendable {
    let path: String

    func send(_ mail: OutgoingMail) async throws(SubmissionError) {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = ["-oi", "-f", "", "--", mail.recipient]
        let input = Pipe()
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
            // One mail is smaller than a pipe, so this does not wait for who reads. By custom the command's lines end in LF.
            try input.fileHandleForWriting.write(contentsOf: Data(mail.bytes.filter { $0 != 0x0D }))
            try input.fileHandleForWriting.close()
        } catch {
            throw SubmissionError("\(path): \(error.localizedDescription)")
        }
        let end = ContinuousClock.now + .seconds(Submission.timeLimit)
        while process.isRunning {
            guard ContinuousClock.now < end, (try? await Task.sleep(for: .milliseconds(20))) != nil else {
                process.terminate()
                throw SubmissionError("\(path): no end within \(Submission.timeLimit) s")
            }
        }
        guard process.terminationStatus == 0 else {
            throw SubmissionError("\(path): exit code \(process.terminationStatus)")
        }
    }
}
