// SPDX-License-Identifier: Apache-2.0

// MessagePath: from the settings to what becomes of a message, one way for all programs.
//
// rearguard-milter asks here for every message the MTA gives it, `rearguard rewrite` and `rearguard scan` for files; so
// what an administrator tries on a file is what the milter does, and a test of files is a test of the milter's judgement.
// Between a file and the milter stand only the MTA (`QueuedMessage` does what it does with modifications) and the
// journal (the milter's own).

package import Inspection
package import LinkTokens
package import Mail
package import Settings
import Synchronization
package import Verdicts

/// Inspects messages as the settings say.
///
/// The exemptions that hold today are worked out anew when the day changes, not for each message. May be used by many
/// threads at once.
package final class MessageHandler: Sendable {
    private struct Made {
        let day: Int64
        /// Of the key file: a rotation comes without a restart.
        let keys: Int
        let inspector: Inspector
    }

    private static let millisecondsOfDay: Int64 = 86_400_000

    private let settings: MilterSettings
    private let mint: LinkMint
    private let keys: KeyRing
    private let verdicts: VerdictIndexFile?
    private let keyFile: KeyRingFile?
    private let made: Mutex<Made?>

    /// `verdicts` is looked at anew for every message; without it, or while there is no good file, nothing is known to be
    /// bad at delivery.
    ///
    /// With a `keyFile`, its keys are the ones in force, whenever it changes.
    package init(
        settings: MilterSettings, mint: LinkMint, keys: KeyRing, verdicts: VerdictIndexFile? = nil,
        keyFile: KeyRingFile? = nil
    ) {
        self.settings = settings
        self.mint = mint
        self.keys = keys
        self.verdicts = verdicts
        self.keyFile = keyFile
        made = Mutex(nil)
    }

    /// What becomes of the message that came at that time (milliseconds since 1970, UTC) and is to be called `reference`.
    package func handle(
        _ message: ReceivedMessage, reference: MessageReference, at time: Int64, taker: (any ContentTaker)? = nil
    ) -> Inspected {
        inspector(at: time).inspect(
            message, reference: reference, at: time, verdicts: verdicts?.current(), taker: taker)
    }

    /// What becomes of a message that must not be read, recorded with the reason.
    ///
    /// By the answers for all mail: which policy covers it would be told by reading it.
    package func leave(
        _ message: ReceivedMessage, reason: String, reference: MessageReference, at time: Int64
    ) -> Inspected {
        let answer = settings.answers.mode == .rewrite ? settings.answers.onFault : .pass
        return inspector(at: time).leave(message, reason: reason, answer: answer, reference: reference, at: time)
    }

    private func inspector(at time: Int64) -> Inspector {
        let day = time / Self.millisecondsOfDay
        let state = keyFile?.state()
        let generation = state?.generation ?? 0
        return made.withLock { made in
            if let made, made.day == day, made.keys == generation { return made.inspector }
            let inspector = makeInspector(at: time, keys: state?.keys ?? keys)
            made = Made(day: day, keys: generation, inspector: inspector)
            return inspector
        }
    }

    private func makeInspector(at time: Int64, keys: KeyRing) -> Inspector {
        Inspector(
            policies: Policies(settings, at: time), site: SiteMail(settings), mint: mint.signing(with: keys),
            keys: keys,
            limits: InspectionLimits(settings.limits))
    }
}
