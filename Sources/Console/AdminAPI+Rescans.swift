// SPDX-License-Identifier: Apache-2.0

import Investigations
package import Store
import Web

/// A rescan of everything that is kept, because a person wants it.
package struct RescanRequest: Codable, Hashable, Sendable {
    /// `yara`, `clamd`.
    package var engine: String
    package var actor: String
    package var reason: String?

    package init(engine: String, actor: String, reason: String?) {
        self.engine = engine
        self.actor = actor
        self.reason = reason
    }
}

/// A rescan, and when it will be over.
package struct RescanView: Codable, Hashable, Sendable {
    package let rescan: RescanRow
    /// Objects a second since it began.
    package let rate: Double
    /// Seconds, at that rate; nil when it is over, or nothing was done yet.
    package let secondsLeft: Int64?

    init(_ row: RescanRow, at: Int64) {
        rescan = row
        let seconds = Double(max(1, (row.finishedAt ?? at) - row.createdAt)) / 1_000
        rate = Double(row.done) / seconds
        let left = Double(max(0, row.total - row.done))
        secondsLeft = row.state == .running && row.done > 0 ? Int64((left / rate).rounded(.up)) : nil
    }
}

/// What is judged again, by which signatures.
package struct RescanStatus: Codable, Hashable, Sendable {
    /// The engines without the list of their parts, which may be tens of thousands.
    package struct Engine: Codable, Hashable, Sendable {
        package let name: String
        package let version: String
        package let parts: Int
        package let since: Int64
    }

    package let engines: [Engine]
    /// New objects that were not judged yet.
    package let arrivals: Int64
    /// Objects that are kept, and what the index over them knows; nil where there is none.
    package let kept: Int64
    package let index: ObjectIndexState?
    package let running: [RescanView]
    /// The last ones that ended, the newest first.
    package let ended: [RescanView]
}

/// Rescans.
extension AdminAPI {
    /// Rescans that run side by side, at most, in a status.
    private static let runningLimit = 100
    /// Rescans that ended, in a status.
    private static let endedLimit = 5

    func addRescans(to routes: inout Routes) {
        routes.add("GET", "/v1/rescan-status") { _ in
            let at = now()
            return try await answer(200) { transaction in
                let engines = try RescanStore.engines(in: transaction)
                return RescanStatus(
                    engines: engines.map {
                        .init(name: $0.name, version: $0.version, parts: $0.parts.count, since: $0.at)
                    },
                    arrivals: try RescanStore.arrivalsWaiting(in: transaction),
                    kept: try ObjectStore.total(in: transaction).count, index: objects?.index(),
                    running: try RescanStore.list(running: true, limit: Self.runningLimit, in: transaction)
                        .map { RescanView($0, at: at) },
                    ended: try RescanStore.list(running: false, limit: Self.endedLimit, in: transaction)
                        .map { RescanView($0, at: at) })
            }
        }
        routes.add("GET", "/v1/rescans") { request in
            let at = now()
            return try await numbered(request, { $0.rescan.number }) { before, limit, transaction in
                try RescanStore.list(before: before, limit: limit, in: transaction).map { RescanView($0, at: at) }
            }
        }
        routes.add("POST", "/v1/rescans") { try await begin($0.json(RescanRequest.self)) }
        routes.add("POST", "/v1/rescans/{number}/cancel") { request in
            let (number, decision, at) = (try number(of: request), try request.json(DecisionRequest.self), now())
            return try await change(200) { transaction in
                try Decisions.check(decision.actor, decision.note)
                guard try RescanStore.cancel(number, at: at, in: transaction) else {
                    throw StoreError(.conflict, "rescan \(number) does not run")
                }
                try AuditStore.append(
                    actor: decision.actor, verb: "rescan.cancel", object: "rescan \(number)", detail: decision.note,
                    at: at, in: transaction)
                return RescanView(try RescanStore.row(number, in: transaction), at: at)
            }
        }
    }

    private func begin(_ request: RescanRequest) async throws -> WebResponse {
        let at = now()
        return try await change(201) { transaction in
            try Decisions.check(request.actor, request.reason)
            guard let engine = try RescanStore.engines(in: transaction).first(where: { $0.name == request.engine })
            else { throw StoreError(.notFound, "there is no engine '\(request.engine)'") }
            let number = try RescanStore.begin(
                engine, parts: [], since: 0, reason: request.reason ?? "asked for by \(request.actor)", at: at,
                in: transaction)
            try AuditStore.append(
                actor: request.actor, verb: "rescan.start", object: "rescan \(number)", detail: request.reason, at: at,
                in: transaction)
            return RescanView(try RescanStore.row(number, in: transaction), at: at)
        }
    }
}
