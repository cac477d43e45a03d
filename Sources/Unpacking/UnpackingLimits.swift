// SPDX-License-Identifier: Apache-2.0

/// What unpacking one message may take, over all its attachments together.
///
/// Over a bound the message counts as one that was not looked through: `unscannable`, never clean. So the bounds are far
/// from what people send, and each names the attack it stops.
package struct UnpackingLimits: Hashable, Sendable {
    /// Containers within one another: stops what holds itself (`r.zip`, `droste.zip`) and nests like `42.zip`.
    package var depth = 8
    /// Members in all: each costs a look-up, a record and a few hundred bytes, however small it is.
    package var members = 10_000
    /// Bytes out of all containers: what a scanner behind this gets to see.
    package var unpackedBytes = 200 * 1_024 * 1_024
    /// Bytes out for each byte in, over all of the message and within each container, once more than `ratioAllowance` came
    /// out: stops runs of zeros early.
    ///
    /// DEFLATE reaches 1,032; logs and sheets of repeated rows some 50.
    package var ratio = 100
    /// Bytes out that need no justification: a small file of blanks is no attack.
    package var ratioAllowance = 10 * 1_024 * 1_024
    /// Bytes of containers within containers that are held at a time: most formats are read from the end, so what is
    /// nested must be whole before it can be opened.
    package var heldBytes = 32 * 1_024 * 1_024
    /// Bytes of one name: a member's path stands in records.
    package var nameSize = 4_096
    /// Passwords tried on one container: each costs up to a thousand rounds of PBKDF2.
    package var passwords = 32
    /// Time for all of it: what no other bound thought of ends here.
    package var time = Duration.seconds(5)

    package init() {}
}

/// The name of a bound that was met, as verdicts and records say it: `unscannable(bound)`.
package enum UnpackingBound: String, Hashable, Sendable, CaseIterable {
    case depth, members, ratio, time
    case unpackedBytes = "unpacked bytes"
    case heldBytes = "held bytes"
    /// Members of an archive share bytes (Fifield's bomb), which no archiver makes.
    case overlap
    /// A directory that claims more than its container could hold.
    case directory
}
