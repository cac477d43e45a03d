// SPDX-License-Identifier: Apache-2.0

/// The expressions of a URL as places in two strings, for whoever hashes them: forty strings need not be built to look
/// one URL up. Every expression is a host form followed by a path form, in the order of `expressions`.
extension CanonicalURL {
    /// Where each host form begins in `host` (all end where it ends), the whole host first.
    package func forEachHostStart(_ body: (Int) -> Void) {
        body(0)
        guard hasName else { return }
        var dots = 0
        for byte in host where byte == UInt8(ascii: ".") { dots += 1 }
        // A host of n + 1 labels has the suffixes of n labels down to two; together with itself at most the limit.
        var labels = dots + 1
        var forms = 1
        for index in host.indices where host[index] == UInt8(ascii: ".") {
            labels -= 1
            guard labels >= 2, forms < Self.hostLimit else { return }
            guard labels <= Self.hostLimit else { continue }
            forms += 1
            body(index + 1)
        }
    }

    /// How long each path form is, as a beginning of `pathAndQuery`, the longest first, then from the root.
    package func forEachPathLength(_ body: (Int) -> Void) {
        if let query { body(path.count + 1 + query.count) }
        body(path.count)
        var slashes = 0
        for index in path.indices where path[index] == UInt8(ascii: "/") {
            slashes += 1
            guard slashes <= Self.prefixLimit else { return }
            if index + 1 != path.count { body(index + 1) }
        }
    }
}
