// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

// Whether a scan takes care of a part that clients read in several ways.
//
// What is written for one reading may be markup to another, or take markup of it away. So the changes are carried out,
// with a stand-in for our links, and the result is read in all ways again. What then still shows a link cannot be made
// harmless to all, and whoever delivers has to know. Road not taken: to take what is left into a second round, which has
// no end that one could prove.
extension LinkScan {
    /// This scan; ambiguous when something but links of ours is left once it is carried out.
    func checked(over bytes: [UInt8], _ limits: LinkLimits, again: ([UInt8]) -> LinkScan) -> LinkScan {
        guard let place = candidates.first?.place ?? removals.first?.place,
            !isSettled(over: bytes, rounds: Self.rounds, again: again)
        else { return self }
        var out = self
        out.note(.ambiguous, 0..<0, [], place, limits)
        return out
    }

    /// What one reading wrote may be a duplicate attribute to another, which may take it away in a second round.
    private static let rounds = 2

    private func isSettled(over bytes: [UInt8], rounds: Int, again: ([UInt8]) -> LinkScan) -> Bool {
        let patches = (candidates.map { $0.patch(rewrittenURL: Self.standIn) } + removals.map(\.patch))
            .sorted { $0.range.lowerBound < $1.range.lowerBound }
        guard let text = try? patches.applied(to: bytes) else { return false }
        let next = again(text)
        guard next.candidates.allSatisfy({ $0.url.hostBytes == Self.standInHost }),
            next.removals.allSatisfy({ $0.reason == .element("duplicate attribute") })
        else { return false }
        return next.removals.isEmpty || rounds > 1 && next.isSettled(over: text, rounds: rounds - 1, again: again)
    }

    /// In the place of a link of ours, which is made of the same letters.
    private static let standIn = ("https://click.invalid/to/a.example/AQIDBA-_x" as StaticString).bytes
    private static let standInHost = ("click.invalid" as StaticString).bytes
}
