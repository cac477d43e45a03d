// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import Verdicts

@testable import Scanners

@Suite struct ClamdTests {
    @Test(arguments: [
        ("stream: OK", ScanResult.clean), ("fd[7]: OK", .clean),
        ("stream: Own.Test FOUND", .found([ScanFinding(name: "Own.Test", verdict: .malicious)])),
        ("fd[9]: PUA.Tool FOUND", .found([ScanFinding(name: "PUA.Tool", verdict: .suspicious)])),
        (
            "stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND",
            .limited("clamd: Heuristics.Limits.Exceeded.MaxFileSize")
        ),
        ("INSTREAM size limit exceeded. ERROR", .limited("clamd: size limit")),
        ("stream: Can't allocate memory ERROR", .failed("clamd: stream: Can't allocate memory ERROR")),
        ("", .failed("clamd: no answer")), ("stream: Own.Test", .failed("clamd: stream: Own.Test")),
    ])
    func `an answer is one of four things`(text: String, expected: ScanResult) {
        #expect(Clamd.result(Array(text.utf8)) == expected)
    }

    @Test func `nobody behind the socket is a failure, not a verdict`() {
        let clamd = Clamd(path: "/nonexistent/clamd.sock")
        guard case .failed = clamd.scan([1, 2, 3], deadline: .now + .seconds(1)) else {
            Issue.record("it said something")
            return
        }
    }

    @Test func `a peer that never answers is left at the deadline`() throws {
        let peer = try SilentPeer()
        let begin = ContinuousClock.now
        let result = Clamd(path: peer.path).scan([1, 2, 3], deadline: .now + .milliseconds(300))
        #expect(result == .failed("clamd: no answer in time"))
        #expect(ContinuousClock.now - begin < .seconds(3))
    }
}

/// A socket that takes connections and says nothing.
private final class SilentPeer {
    let path: String
    private let descriptor: Int32

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "silent-\(UInt32.random(in: 0 ... .max))").path
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0 && listen(descriptor, 8) == 0)
    }

    deinit {
        close(descriptor)
        try? FileManager.default.removeItem(atPath: path)
    }
}
