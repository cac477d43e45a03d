// SPDX-License-Identifier: Apache-2.0

// Console: how people and programs talk to rearguardd. Today an HTTP API on the admin Unix socket; the command line tool
// uses nothing else. Who may connect is decided by the socket's group, so a request is believed; who it was, it says
// itself (`actor`), for the audit trail.
//
// Lists are `{"items": […], "next": "…"}`, the newest first; `next` goes into `before=` for the following page. Errors are
// `{"error": {"code", "message"}}`. An answer to a change comes after the change is durable and, for indicators, after the
// verdict index was replaced: who hears "added" may rely on it.
//
// Road not taken: the tool reading the store itself (two owners of one file, and two places that know what a decision
// means).

package import Feeds
import Foundation
package import Investigations
package import Store
package import URLSyntax
package import Web

/// The resources of the admin API, over the store.
package struct AdminAPI: Sendable {
    let database: any Database
    let health: Health
    let feeds: FeedRunner?
    let objects: ObjectAccess?
    let preview: Preview?
    /// Copies from which on an action that a person proposes needs two; nil: never.
    let secondPersonFrom: Int?
    let site: SiteRules
    let unwrap: Unwrapping
    let indicatorsChanged: @Sendable () async throws -> Void
    let now: @Sendable () -> Int64
    private let onError: @Sendable (String) -> Void

    /// Takes what other services wrapped around a URL off: the layers, and the URL to be judged.
    package typealias Unwrapping = @Sendable (WebURL) -> (layers: [WhyAnswer.Layer], target: WebURL)

    /// Looks where the messages of an action are now.
    package typealias Preview = @Sendable (_ action: Int64) async throws -> ActionPreview

    /// `indicatorsChanged` brings the verdict index up to date; `now` gives milliseconds since 1970, UTC.
    package init(
        database: any Database, health: Health, feeds: FeedRunner? = nil, objects: ObjectAccess? = nil,
        preview: Preview? = nil, secondPersonFrom: Int? = nil, site: SiteRules = SiteRules(),
        unwrap: @escaping Unwrapping = { ([], $0) },
        indicatorsChanged: @escaping @Sendable () async throws -> Void,
        now: @escaping @Sendable () -> Int64, onError: @escaping @Sendable (String) -> Void
    ) {
        self.database = database
        self.health = health
        self.feeds = feeds
        self.objects = objects
        self.preview = preview
        self.secondPersonFrom = secondPersonFrom
        self.site = site
        self.unwrap = unwrap
        self.indicatorsChanged = indicatorsChanged
        self.now = now
        self.onError = onError
    }

    /// What the server asks.
    package var routes: Routes {
        var routes = Routes { [onError] request, error in onError("\(request.method): \(error)") }
        routes.add("GET", "/v1/status") { _ in try await answer(200) { try StatusView($0, health: health.view) } }
        addRecords(to: &routes)
        addImport(to: &routes)
        addIndicators(to: &routes)
        addWhy(to: &routes)
        addFeeds(to: &routes)
        addObjects(to: &routes)
        addRescans(to: &routes)
        addInvestigations(to: &routes)
        return routes
    }
}

/// One page of a list.
package struct Page<Item: Codable & Sendable>: Codable, Sendable {
    package var items: [Item]
    /// For `before=`; nil on the last page.
    package var next: String?

    /// The first `limit` rows; one more of them says that there is another page.
    fileprivate init(_ rows: [Item], limit: Int, _ place: (Item) -> String) {
        items = Array(rows.prefix(limit))
        next = rows.count > limit ? items.last.map(place) : nil
    }
}

extension AdminAPI {
    /// Rows a page has when nobody says otherwise, and at most: stops one question from reading the whole store.
    private static let pageSize = 50
    private static let pageLimit = 1_000

    /// Reads in one transaction and answers with what was read.
    func answer<Value: Encodable & Sendable>(
        _ status: Int, _ read: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> WebResponse {
        try await told { try .json(try await database.read(read), status: status) }
    }

    /// Changes in one transaction and answers with the result.
    func change<Value: Encodable & Sendable>(
        _ status: Int, _ write: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> WebResponse {
        try await told { try .json(try await database.write(write), status: status) }
    }

    /// A page of rows that are numbered.
    func numbered<Item: Codable & Sendable>(
        _ request: WebRequest, _ number: @Sendable @escaping (Item) -> Int64,
        _ list: @Sendable @escaping (_ before: Int64, _ limit: Int, any SQLTransaction) throws -> [Item]
    ) async throws -> WebResponse {
        let limit = try limit(of: request)
        var before = Int64.max
        if let text = request.queryFields["before"] {
            guard let value = Int64(text) else {
                throw WebFailure.badRequest("before: expected a number, found '\(text)'")
            }
            before = value
        }
        return try await answer(200) { [before] transaction in
            Page(try list(before, limit + 1, transaction), limit: limit) { String(number($0)) }
        }
    }

    /// A page of rows ordered by time and name.
    func timed<Item: Codable & Sendable>(
        _ request: WebRequest, _ place: @Sendable @escaping (Item) -> PageCursor,
        _ list: @Sendable @escaping (_ before: PageCursor, _ limit: Int, any SQLTransaction) throws -> [Item]
    ) async throws -> WebResponse {
        let limit = try limit(of: request)
        var before = PageCursor.start
        if let text = request.queryFields["before"] {
            guard let cursor = PageCursor(text) else {
                throw WebFailure.badRequest("before: expected what 'next' said, found '\(text)'")
            }
            before = cursor
        }
        return try await answer(200) { [before] transaction in
            Page(try list(before, limit + 1, transaction), limit: limit) { "\(place($0))" }
        }
    }

    /// The number in the path.
    func number(of request: WebRequest) throws -> Int64 {
        let text = request.parameters["number"] ?? ""
        guard let number = Int64(text) else { throw WebFailure.notFound("expected a number, found '\(text)'") }
        return number
    }

    /// A switch in the query, off when it is not there.
    func flag(_ name: String, of request: WebRequest) throws -> Bool {
        switch request.queryFields[name] {
        case "true": true
        case "false", nil: false
        case .some(let text): throw WebFailure.badRequest("\(name): expected true or false, found '\(text)'")
        }
    }

    func limit(of request: WebRequest) throws -> Int {
        guard let text = request.queryFields["limit"] else { return Self.pageSize }
        guard let limit = Int(text), (1...Self.pageLimit).contains(limit) else {
            throw WebFailure.badRequest("limit: expected 1 to \(Self.pageLimit), found '\(text)'")
        }
        return limit
    }

    /// The store's errors as answers.
    func told<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as StoreError {
            switch error.code {
            case .notFound: throw WebFailure.notFound(error.description)
            case .conflict: throw WebFailure.conflict(error.description)
            case .badValue: throw WebFailure.badRequest(error.description)
            case .unavailable:
                onError("the store is away: \(error)")
                throw WebFailure(
                    status: 503, code: "unavailable", message: "the store is away, try again later: \(error)")
            case .statement, .schema, .row: throw error
            }
        }
    }
}
