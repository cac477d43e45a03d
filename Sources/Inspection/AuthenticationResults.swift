// SPDX-License-Identifier: Apache-2.0

// What SPF, DKIM, DMARC and ARC verifiers before us found, as they wrote it into the header section (RFC 8601).
//
// Anybody may write such a field into a message. Only those count that name a verifier the site trusts (section 5), and
// of two such fields about one method the upper one: our verifiers put theirs at the top, a forged one that a border MTA
// forgot to remove (it has to: section 5) stands below. So Rearguard comes after the verifiers in the order of milters.

import Bytes
import Mail

enum AuthenticationResults {
    /// Fields of that name that are read: stops a message from costing more than its verifiers ever write.
    private static let fieldLimit = 50
    /// Bytes of one of them.
    private static let sizeLimit = 8_192

    /// The results of trusted verifiers, each once; of DKIM, which may have several, all of the upper field.
    static func trusted(in message: ReceivedMessage, verifiers: [String]) -> [AuthenticationResult] {
        guard !verifiers.isEmpty else { return [] }
        var results: [AuthenticationResult] = []
        var told: Set<AuthenticationResult.Method> = []
        for value in message.values(of: "Authentication-Results").prefix(fieldLimit) {
            let pieces = statements(in: value.prefix(sizeLimit))
            guard let verifier = pieces.first?.split(whereSeparator: \.isFolding).first?.text,
                verifiers.contains(where: { verifier.utf8.equalsIgnoringCase($0.utf8) })
            else { continue }
            let found = pieces.dropFirst().compactMap(result)
            results += found.filter { !told.contains($0.method) && !results.contains($0) }
            told.formUnion(found.map(\.method))
        }
        return results
    }

    /// `dkim=pass (good signature) header.d=example.org`: what stands before the first space.
    private static func result(in statement: [UInt8]) -> AuthenticationResult? {
        guard let equals = statement.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        // A version may follow the method: "dkim/1" (section 2.2).
        let method = statement[..<equals].filter { !$0.isFolding }.prefix { $0 != UInt8(ascii: "/") }.lowercasedText
        let word = statement[(equals + 1)...].drop(while: \.isFolding).prefix { !$0.isFolding }.lowercasedText
        guard let method = AuthenticationResult.Method(rawValue: method), AuthenticationResult.words.contains(word)
        else { return nil }
        return AuthenticationResult(method, word)
    }

    /// The pieces between semicolons, without comments; quoted strings lose their quotes.
    private static func statements(in value: ArraySlice<UInt8>) -> [[UInt8]] {
        var pieces: [[UInt8]] = [[]]
        var depth = 0
        var isQuoted = false
        var isEscaped = false
        for byte in value {
            if isEscaped {
                isEscaped = false
                if depth == 0 { pieces[pieces.count - 1].append(byte) }
                continue
            }
            switch byte {
            case UInt8(ascii: "\\") where isQuoted || depth > 0: isEscaped = true
            case UInt8(ascii: "\"") where depth == 0: isQuoted.toggle()
            case UInt8(ascii: "(") where !isQuoted: depth += 1
            case UInt8(ascii: ")") where !isQuoted && depth > 0: depth -= 1
            case UInt8(ascii: ";") where !isQuoted && depth == 0: pieces.append([])
            case _ where depth == 0: pieces[pieces.count - 1].append(byte)
            default: break
            }
        }
        return pieces
    }
}

extension UInt8 {
    /// White space within a folded field.
    fileprivate var isFolding: Bool {
        self == .space || self == .tab || self == .carriageReturn || self == .lineFeed
    }
}

extension Collection<UInt8> {
    fileprivate var lowercasedText: String { map(\.lowercased).text }
}
