// SPDX-License-Identifier: Apache-2.0

import Bytes
import Glibc
import Mail

/// Faults and answers that tests ask for, because no input makes them: all are off unless an option named `--testing__…`
/// is given.
struct TestingFaults: Sendable {
    /// A message with this in it traps.
    var trapOn: [UInt8]?
    /// A message with this in it is worked on for as long as `slowness`.
    var slowOn: [UInt8]?
    var slowness = Duration.seconds(5)

    /// A field of a message says which disposition it gets.
    var dispositions = false

    /// The disposition that the message asks for; nil normally.
    func disposition(of message: ReceivedMessage) -> Disposition? {
        guard dispositions, let wish = message.values(of: "X-Testing-Disposition").first else { return nil }
        switch wish.text.drop(while: { $0 == " " }) {
        case "tempfail": return .tempfail(.tryAgain)
        case "reject":
            return .reject(SMTPReply(code: "550", enhancedCode: "5.7.1", text: "Not accepted (100% sure)"))
        case "discard": return .discard
        case "hold": return .hold(reason: "a test asked for it")
        default: return nil
        }
    }

    func strike(_ message: ReceivedMessage) {
        if let trapOn, Self.found(trapOn, in: message.bytes) { fatalError("a trap that a test asked for") }
        if let slowOn, Self.found(slowOn, in: message.bytes) {
            usleep(UInt32(clamping: slowness.components.seconds * 1_000_000))
        }
    }

    private static func found(_ text: [UInt8], in bytes: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: text) }
    }
}
