// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Which function answers which method and path.
///
/// A pattern is a path whose segments are literal or `{name}`; the first that fits wins. A handful of routes needs no
/// tree: each is compared in turn, segment by segment. Road not taken: Hummingbird's router, which would show its own
/// request, context and errors to every module with a route.
package struct Routes: Sendable {
    /// Answers or throws; a `WebFailure` becomes its answer, anything else a 500 that says nothing.
    package typealias Handler = @Sendable (WebRequest) async throws -> WebResponse

    private enum Segment: Sendable {
        case literal([UInt8])
        case parameter(String)
    }

    private struct Route: Sendable {
        let method: String
        let segments: [Segment]
        let handler: Handler
    }

    private var routes: [Route] = []
    private let onError: @Sendable (WebRequest, any Error) -> Void

    /// An empty table; `onError` hears of errors that are nobody's answer.
    package init(onError: @escaping @Sendable (WebRequest, any Error) -> Void) {
        self.onError = onError
    }

    /// Adds a route: `routes.add("GET", "/messages/{reference}") { … }`; GET answers HEAD too.
    package mutating func add(_ method: String, _ pattern: String, _ handler: @escaping Handler) {
        let segments = Array(pattern.utf8).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let parsed = segments.map { segment -> Segment in
            segment.first == UInt8(ascii: "{") && segment.last == UInt8(ascii: "}")
                ? .parameter(segment.dropFirst().dropLast().text) : .literal(Array(segment))
        }
        routes.append(Route(method: method, segments: parsed, handler: handler))
    }

    /// The answer to a request: the route's, or 404, or 405 when only the method does not fit.
    package func response(to request: WebRequest) async -> WebResponse {
        let segments = request.path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        var allowed: [String] = []
        for route in routes {
            guard let parameters = Self.parameters(of: route.segments, in: segments) else { continue }
            guard route.method == request.method || (route.method == "GET" && request.method == "HEAD") else {
                allowed.append(route.method)
                continue
            }
            var request = request
            request.parameters = parameters
            return await answer(route.handler, request)
        }
        guard !allowed.isEmpty else { return WebFailure.notFound("there is nothing at this path").response }
        var response = WebFailure(status: 405, code: "method_not_allowed", message: "this path takes another method")
            .response
        response.fields.append(WebField("Allow", allowed.joined(separator: ", ")))
        return response
    }

    private func answer(_ handler: Handler, _ request: WebRequest) async -> WebResponse {
        do {
            return try await handler(request)
        } catch let failure as WebFailure {
            return failure.response
        } catch {
            onError(request, error)
            return WebFailure.internalError.response
        }
    }

    private static func parameters(of pattern: [Segment], in path: [ArraySlice<UInt8>]) -> [String: String]? {
        guard pattern.count == path.count else { return nil }
        var found: [String: String] = [:]
        for (segment, bytes) in zip(pattern, path) {
            switch segment {
            case .literal(let literal):
                guard bytes.elementsEqual(literal) else { return nil }
            case .parameter(let name):
                guard !bytes.isEmpty else { return nil }
                found[name] = Percent.decode(bytes)
            }
        }
        return found
    }
}
