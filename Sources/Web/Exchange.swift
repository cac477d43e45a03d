// SPDX-License-Identifier: Apache-2.0

import Bytes
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// One request and its answer: the framework's types in, ours through the handler, the framework's out.
struct Exchange: Sendable {
    /// All that is wanted of the framework's context: the connection.
    struct Context: InitializableFromSource {
        let channel: any Channel

        init(source: ApplicationRequestContextSource) {
            channel = source.channel
        }
    }

    /// Why a request gets an answer without the handler; the connection closes after it.
    private struct Refusal: Error {
        let status: Int
        let text: String
    }

    let limits: WebLimits
    let logger: Logger
    let handler: WebServer.Handler

    func respond(to request: Request, _ context: Context) async throws -> Response {
        do {
            let webRequest = try await read(request, context)
            return write(await handler(webRequest), to: request.method)
        } catch let refusal as Refusal {
            return refuse(refusal, closing: context.channel)
        }
    }

    // MARK: In

    private func read(_ request: Request, _ context: Context) async throws -> WebRequest {
        let target = Array((request.head.path ?? "").utf8)
        guard target.first == UInt8(ascii: "/"), target.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Refusal(status: 400, text: "bad request")
        }
        return WebRequest(
            method: request.method.rawValue, target: target,
            fields: request.headers.map { WebField($0.name.rawName, $0.value) },
            peer: context.channel.remoteAddress?.ipAddress ?? "local",
            body: try await body(of: request))
    }

    private func body(of request: Request) async throws -> [UInt8] {
        let length = request.headers[.contentLength]
        let encoded = request.headers[.transferEncoding] != nil
        guard encoded || (length != nil && length != "0") else { return [] }
        // RFC 9112, section 6.3: two framings of one body are an attempt to smuggle; a body on GET has no meaning.
        guard !(encoded && length != nil), request.method != .get, request.method != .head else {
            throw Refusal(status: 400, text: "bad request")
        }
        guard encoded || (length.flatMap { Int($0) } ?? .max) <= limits.body else { throw Self.tooLarge }
        return try await collect(request.body)
    }

    private func collect(_ body: RequestBody) async throws -> [UInt8] {
        let (limit, timeout) = (limits.body, limits.bodyTimeout)
        return try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { Array(buffer: try await body.collect(upTo: limit)) }
            group.addTask {
                try await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            do {
                if let bytes = try await group.next(), let bytes { return bytes }
            } catch is NIOTooManyBytesError {
                throw Self.tooLarge
            }
            throw Refusal(status: 408, text: "the request did not end in time")
        }
    }

    private static let tooLarge = Refusal(status: 413, text: "the request is too large")

    // MARK: Out

    private func write(_ answer: WebResponse, to method: HTTPRequest.Method) -> Response {
        var answer = answer
        if let bad = (answer.shared.fields + answer.fields).first(where: { !$0.isClean }) {
            logger.error(
                "an answer's header field would not be clean; 500 sent instead", metadata: ["field": "\(bad.name)"])
            answer = WebFailure.internalError.response
        }
        var fields = HTTPFields()
        fields.reserveCapacity(answer.shared.fields.count + answer.fields.count + 3)
        for field in answer.shared.fields + answer.fields {
            if let name = HTTPField.Name(field.name) { fields.append(HTTPField(name: name, value: field.value)) }
        }
        fields[.contentLength] = String(answer.body.count)
        return Response(
            status: .init(code: answer.status), headers: fields,
            body: method == .head ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }

    /// A short answer, then the connection closes: what the peer goes on sending is not read.
    private func refuse(_ refusal: Refusal, closing channel: any Channel) -> Response {
        let text = "\(refusal.text)\n"
        return Response(
            status: .init(code: refusal.status), headers: [.contentType: "text/plain", .connection: "close"],
            body: ResponseBody(contentLength: text.utf8.count) { writer in
                try await writer.write(ByteBuffer(string: text))
                try await writer.finish(nil)
                try await channel.close()
            })
    }
}
