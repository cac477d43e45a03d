// SPDX-License-Identifier: Apache-2.0

/// The account of one message: what was taken so far, and the first bound of the whole that was met.
struct UnpackingUse {
    /// Set once; nothing more is read then.
    private(set) var bound: UnpackingBound?
    private(set) var deadline = ContinuousClock.now
    private var timeLeft: Duration?
    private var began = ContinuousClock.now
    private var packed = 0
    private var unpacked = 0
    private var members = 0
    /// Bytes of open containers within containers.
    private(set) var held = 0

    mutating func begin(size: Int, limits: UnpackingLimits) {
        began = .now
        deadline = began + (timeLeft ?? limits.time)
        timeLeft = timeLeft ?? limits.time
        packed += size
    }

    mutating func end() { timeLeft = timeLeft.map { max(.zero, $0 - (.now - began)) } }

    /// Counts a member; the bound that this goes over, if any.
    mutating func addMember(_ limits: UnpackingLimits) -> UnpackingBound? {
        members += 1
        if members > limits.members { bound = .members }
        return bound
    }

    /// Counts bytes that came out; the bound that this goes over, if any.
    mutating func add(_ size: Int, _ limits: UnpackingLimits) -> UnpackingBound? {
        let (sum, overflow) = unpacked.addingReportingOverflow(size)
        unpacked = sum
        if overflow || unpacked > limits.unpackedBytes {
            bound = .unpackedBytes
        } else if unpacked > limits.ratioAllowance, unpacked / limits.ratio >= max(1, packed) {
            bound = .ratio
        } else if ContinuousClock.now > deadline {
            bound = .time
        }
        return bound
    }

    mutating func runOut(_ bound: UnpackingBound) { self.bound = self.bound ?? bound }

    mutating func hold(_ size: Int) { held += size }
    mutating func release(_ size: Int) { held -= size }
}
