// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Playbooks

@Suite struct `An investigation's states` {
    @Test(
        arguments: [
            (
                .running,
                [
                    .pendingApproval, .remediating, .remediated, .partiallyRemediated, .rejected, .expired,
                    .noThreatsFound, .partiallyInvestigated, .failed, .cancelled,
                ]
            ),
            (
                .pendingApproval,
                [.running, .remediating, .remediated, .partiallyRemediated, .rejected, .expired, .failed, .cancelled]
            ),
            (.remediating, [.running, .remediated, .partiallyRemediated, .failed]),
            (.remediated, [.running]), (.partiallyRemediated, [.running]), (.rejected, [.running]),
            (.expired, [.running]), (.noThreatsFound, [.running]),
            (.partiallyInvestigated, [.running]), (.failed, [.running]),
            (.cancelled, [.running]),
        ] as [(InvestigationState, Set<InvestigationState>)]) func `follow each other exactly so`(
            state: InvestigationState, expected: Set<InvestigationState>
        )
    {
        #expect(state.next == expected)
        #expect(state.isOpen == [.running, .pendingApproval, .remediating].contains(state))
    }
}

@Suite struct `An action's states` {
    @Test(
        arguments: [
            (.pendingApproval, [.approved, .rejected, .cancelled, .expired, .overtaken]), (.expired, []),
            (.overtaken, []),
            (.approved, [.running]),
            (.running, [.waiting, .done, .partiallyDone, .failed]), (.waiting, [.running]), (.rejected, []),
            (.cancelled, []), (.done, []), (.partiallyDone, []), (.failed, []),
        ] as [(ActionState, Set<ActionState>)]) func `follow each other exactly so`(
            state: ActionState, expected: Set<ActionState>
        )
    {
        #expect(state.next == expected)
    }

    @Test(
        arguments: [
            ([.done, .alreadyThere, .notFound], .done), ([.notFound], .done), ([], .done),
            ([.done, .failed], .partiallyDone), ([.notFound, .failed], .partiallyDone), ([.failed, .failed], .failed),
        ] as [([TargetState], ActionState)]) func `end as their targets did`(
            targets: [TargetState], expected: ActionState
        )
    {
        #expect(TargetState.outcome(of: targets) == expected)
    }
}

@Suite struct `A conclusion` {
    private static let otherwise = Conclusion(.noThreatsFound, because: "nothing")

    @Test(
        arguments: [
            ([], .noThreatsFound), ([.cancelled], .noThreatsFound),
            ([.pendingApproval, .done], .pendingApproval), ([.approved], .remediating),
            ([.running, .rejected], .remediating),
            ([.waiting, .failed], .remediating), ([.done], .remediated), ([.done, .cancelled], .remediated),
            ([.rejected], .rejected), ([.rejected, .done], .partiallyRemediated),
            ([.partiallyDone], .partiallyRemediated),
            ([.expired], .expired), ([.expired, .rejected], .rejected), ([.expired, .done], .partiallyRemediated),
            ([.overtaken], .remediated), ([.overtaken, .done], .remediated),
            ([.overtaken, .pendingApproval], .pendingApproval),
            ([.done, .failed], .partiallyRemediated), ([.failed], .failed), ([.failed, .rejected], .failed),
        ] as [([ActionState], InvestigationState)]) func `follows from the actions`(
            actions: [ActionState], expected: InvestigationState
        )
    {
        #expect(Conclusion.from(actions, otherwise: Self.otherwise).state == expected)
    }
}
