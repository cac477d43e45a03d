// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store
import Verdicts

extension Evidence {
    func userReports(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        var reports: [ReportRow] = []
        var says: [Contribution] = []
        for reference in references(of: "messages") where reports.count < InvestigationLimits.reports {
            let some = try ReportStore.reports(
                about: reference, limit: InvestigationLimits.reports - reports.count, in: transaction)
            if !some.isEmpty { says.append(Self.opinion(of: some, about: reference)) }
            reports += some
        }
        let people = Set(reports.map(\.reporter))
        let phishing = reports.count { $0.opinion == "phishing" }
        let output: [String: JSONValue] = [
            "count": .number(reports.count), "people": .number(people.count), "phishing": .number(phishing),
            "not_junk": .number(reports.count { $0.opinion == "not_junk" }),
        ]
        guard !reports.isEmpty else { return note(output, "nobody reported any of them") }
        let names = people.sorted().prefix(5).joined(separator: ", ")
        let by = "\(count(reports.count, "report", "reports")) by \(count(people.count, "person", "people"))"
        return note(output, "\(by), \(phishing) of them as phishing: \(names)", says: says)
    }

    private static func opinion(of reports: [ReportRow], about reference: String) -> Contribution {
        let people = Set(reports.filter { $0.opinion == "phishing" }.map(\.reporter)).count
        let sentence =
            people > 0
            ? "\(Investigations.count(people, "person", "people")) reported it as phishing"
            : "reported as \(reports[0].opinion) by \(reports[0].reporter)"
        return Contribution(Entity(.message, reference), people > 0 ? .suspicious : .unknown, sentence)
    }
}
