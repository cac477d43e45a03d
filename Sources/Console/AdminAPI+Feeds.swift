// SPDX-License-Identifier: Apache-2.0

package import Feeds
import Investigations
import Store
import Web

/// What a person decides about a feed.
package struct FeedRequest: Codable, Hashable, Sendable {
    package var actor: String
    package var reason: String?

    package init(actor: String, reason: String?) {
        self.actor = actor
        self.reason = reason
    }
}

/// All feeds; few, so there is one page.
package struct FeedList: Codable, Sendable {
    package var items: [FeedView]
}

/// Feeds: what others say, and how their runs went.
extension AdminAPI {
    func addFeeds(to routes: inout Routes) {
        routes.add("GET", "/v1/feeds") { _ in
            try await told { try .json(FeedList(items: try await runner().views())) }
        }
        routes.add("GET", "/v1/feeds/{name}") { request in
            let name = request.parameters["name"] ?? ""
            return try await told {
                guard let view = try await runner().views().first(where: { $0.name == name }) else {
                    throw WebFailure.notFound("there is no feed '\(name)'")
                }
                return try .json(view)
            }
        }
        routes.add("POST", "/v1/feeds/{name}/run") { request in
            try await decide(request) { try await $0.demand($1, by: $2.actor) }
        }
        routes.add("POST", "/v1/feeds/{name}/hold") { request in
            try await decide(request) {
                try await $0.hold($1, because: $2.reason ?? "held by \($2.actor)", by: $2.actor)
            }
        }
        routes.add("POST", "/v1/feeds/{name}/release") { request in
            try await decide(request) { try await $0.release($1, by: $2.actor) }
        }
    }

    private func runner() throws -> FeedRunner {
        guard let feeds else { throw WebFailure.notFound("this rearguardd runs no feeds") }
        return feeds
    }

    private func decide(
        _ request: WebRequest, _ body: (FeedRunner, String, FeedRequest) async throws -> FeedView
    ) async throws -> WebResponse {
        let decision = try request.json(FeedRequest.self)
        return try await told {
            try Decisions.check(decision.actor, decision.reason)
            return try .json(try await body(try runner(), request.parameters["name"] ?? "", decision))
        }
    }
}
