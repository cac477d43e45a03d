// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Quarantine

struct `A folder that cannot be opened` {
    private func isMissing(_ answer: String, _ folder: FolderName) -> Bool {
        IMAPReply(Array("\(answer)\r\n".utf8)).status?.means(missing: folder) ?? false
    }

    @Test(arguments: ["NONEXISTENT", "TRYCREATE", "NOPERM", "CANNOT", "nonexistent"])
    func `is none of ours when the server says so`(code: String) throws {
        #expect(isMissing("R1 NO [\(code)] Mailbox doesn't exist", .inbox))
    }

    @Test(arguments: ["SERVERBUG", "UNAVAILABLE", "INUSE", "CORRUPTION", "LIMIT", "CONTACTADMIN", "X-NEW"])
    func `for any other reason is not an empty one`(code: String) throws {
        #expect(!isMissing("R1 NO [\(code)] Internal error occurred", try #require(FolderName(text: "Archive"))))
    }

    @Test func `without a code is believed to be missing, unless it is INBOX`() throws {
        #expect(isMissing("R1 NO no such mailbox", try #require(FolderName(text: "Archive"))))
        #expect(!isMissing("R1 NO no such mailbox", .inbox))
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A server that says nothing` {
    @Test func `does not hold up a caller who is cancelled`() async throws {
        let silent = try SilentServer()
        let stamp = try #require(
            MessageStamp(text: "0123456789abcdef.\(String(repeating: "0123456789abcdef", count: 2))"))
        var server = MailboxServer(host: "127.0.0.1", port: silent.port, masterUser: "m", masterPassword: "p")
        server.security = .none
        server.connectTimeout = 30
        let sessions = MailboxSessions(server)
        let begin = ContinuousClock.now
        let task = Task { () -> QuarantineError.Code? in
            do throws(QuarantineError) {
                _ = try await sessions.session(for: "alice@example.org").locate([stamp])
            } catch { return error.code }
            return nil
        }
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        #expect(await task.value == .unreachable)
        let closing = Task { await sessions.close("alice@example.org") }
        closing.cancel()
        await closing.value
        #expect(ContinuousClock.now - begin < .seconds(5))
    }
}

/// A port of the loopback that takes connections and never answers.
private final class SilentServer {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, length) | listen(descriptor, 8)
                    | getsockname(descriptor, address, &length)
            }
        }
        try #require(result == 0)
        port = UInt16(bigEndian: address.sin_port)
        self.descriptor = descriptor
    }

    deinit { _ = close(descriptor) }
}
