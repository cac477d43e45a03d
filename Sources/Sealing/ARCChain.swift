// SPDX-License-Identifier: Apache-2.0

import Bytes
import Mail

/// The ARC sets that a message has (RFC 8617, section 4.2): by instance, one of each of the three fields.
struct ARCChain {
    /// The status of the chain as a new seal states it.
    enum Status: String, Hashable, Sendable {
        case none, pass, fail
    }

    /// Where the next set stands.
    struct Place: Hashable, Sendable {
        let instance: Int
        let status: Status
    }

    /// Why no set may be added.
    enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        case failedBefore, tooLong, unverified

        var description: String {
            switch self {
            case .failedBefore: "its ARC chain has failed before"
            case .tooLong: "its ARC chain has \(ARCChain.instanceLimit) sets"
            case .unverified: "nobody before us has verified its ARC chain"
            }
        }
    }

    /// RFC 8617, section 4.2.1.
    static let instanceLimit = 50

    private struct Set {
        var results: HeaderField?
        var signature: HeaderField?
        var seal: HeaderField?

        var isComplete: Bool { results != nil && signature != nil && seal != nil }
    }

    private var sets: [Int: Set] = [:]
    private var isBroken = false

    init(_ fields: [HeaderField]) {
        for field in fields {
            switch field.name {
            case .arcResults: take(field, \.results)
            case .arcSignature: take(field, \.signature)
            case .arcSeal: take(field, \.seal)
            default: break
            }
        }
        let isGapless = (1...max(1, sets.count)).allSatisfy { sets[$0]?.isComplete ?? sets.isEmpty }
        if !isGapless || !sets.allSatisfy({ isWellFormed($0.value, instance: $0.key) }) { isBroken = true }
    }

    /// What can be told of a set without a key (RFC 8617, sections 4.1.1, 4.1.3 and 5.2, step 3).
    private func isWellFormed(_ set: Set, instance: Int) -> Bool {
        let expected: StaticString = instance == 1 ? "none" : "pass"
        guard tag("cv", of: set.seal)?.equalsIgnoringCase(expected.bytes) ?? false, tag("h", of: set.seal) == nil else {
            return false
        }
        let results = set.results?.value.drop(while: \.isWhiteSpace)
        return results?.first == UInt8(ascii: "i")
    }

    /// The place of a new set, given what the verifier before us found.
    func next(verified: Status?) -> Result<Place, Refusal> {
        let last = sets.keys.max() ?? 0
        if last == 0, !isBroken { return .success(Place(instance: 1, status: .none)) }
        // RFC 8617, section 5.1.1: nothing is added to a chain that ends in a failure.
        if tag("cv", of: sets[last]?.seal)?.equalsIgnoringCase("fail") ?? false { return .failure(.failedBefore) }
        guard last < Self.instanceLimit else { return .failure(.tooLong) }
        if isBroken { return .success(Place(instance: last + 1, status: .fail)) }
        switch verified {
        case .pass, .fail: return .success(Place(instance: last + 1, status: verified ?? .fail))
        case .some(.none), nil: return .failure(.unverified)
        }
    }

    /// What a seal covers of the sets before it (RFC 8617, section 5.1.1): in ascending order, results, signature, seal.
    var canonical: [UInt8] {
        var out: [UInt8] = []
        for instance in sets.keys.sorted() {
            guard let set = sets[instance] else { continue }
            for field in [set.results, set.signature, set.seal] {
                if let field { out += RelaxedForm.field(field) }
            }
        }
        return out
    }

    private mutating func take(_ field: HeaderField, _ place: WritableKeyPath<Set, HeaderField?>) {
        guard let text = tag("i", of: field), (1...2).contains(text.count), let instance = Int(text.text),
            (1...Self.instanceLimit).contains(instance)
        else { return isBroken = true }
        if sets[instance, default: Set()][keyPath: place] != nil { isBroken = true }
        sets[instance, default: Set()][keyPath: place] = field
    }

    /// The value of a tag (RFC 6376, section 3.2) without white space; the first one of that name counts.
    private func tag(_ name: StaticString, of field: HeaderField?) -> [UInt8]? {
        guard let field else { return nil }
        for part in field.value.split(separator: UInt8(ascii: ";")) {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let key = part[..<equals].filter { !$0.isWhiteSpace }
            guard key == name.bytes else { continue }
            return part[(equals + 1)...].filter { !$0.isWhiteSpace }
        }
        return nil
    }
}

extension UInt8 {
    /// White space of header fields, line ends of folding included.
    var isWhiteSpace: Bool { self == .space || self == .tab || self == .carriageReturn || self == .lineFeed }
}
