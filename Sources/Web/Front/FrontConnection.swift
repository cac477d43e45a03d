// SPDX-License-Identifier: Apache-2.0

import Bytes
import NIOCore
import NIOSSL

/// One connection: bytes → parser → handler → bytes.
///
/// Lives on its channel's event loop.
final class FrontConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// From outside of the connection.
    enum Event: Sendable {
        /// Close as soon as nothing is being answered.
        case stop
        /// The PROXY header named the client.
        case client(NetworkAddress)
    }

    /// An answer that goes out with the batch.
    private struct Answer {
        /// Told whether the batch's records are kept.
        let response: (_ problem: (any Error)?) -> WebResponse
        let keepsAlive: Bool
        let isHead: Bool
    }

    private enum State {
        case reading
        /// The handler is waiting for something; what comes in meanwhile stays in the parser.
        case answering(keepsAlive: Bool, isHead: Bool)
        /// The last answer is on its way; nothing more is read.
        case ending
    }

    private let options: FrontOptions
    private let connections: OpenConnections
    private let batch: AnswerBatch
    private let handler: FrontServer.Handler
    private var context: ChannelHandlerContext?
    /// In the order of their requests.
    private var answers: [Answer] = []
    private var parser: RequestParser
    private var state = State.reading
    private var requests = 0
    private var isStopping = false
    /// Who is at the other end of the socket.
    private var peer: NetworkAddress?
    /// Who counts as the client, unless a field says otherwise.
    private var client = "local"
    private var claimed: NetworkAddress?
    private var deadline = NIODeadline.distantFuture
    private var timer: Scheduled<Void>?

    init(
        options: FrontOptions, connections: OpenConnections, batch: AnswerBatch, handler: @escaping FrontServer.Handler
    ) {
        self.options = options
        self.connections = connections
        self.batch = batch
        self.handler = handler
        parser = RequestParser(limits: options.limits)
    }

    // MARK: - Events of the channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        if let address = context.channel.remoteAddress?.ipAddress.flatMap({ NetworkAddress($0) }) {
            peer = address
            client = address.description
            // A front server brings the clients of many addresses over a few connections.
            if !options.proxies.contains(address), !claim(address) { return context.close(promise: nil) }
        }
        restartDeadline(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        if let claimed { connections.release(claimed) }
        claimed = nil
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .ending = state { return }
        let bytes = unwrapInboundIn(data)
        parser.append(bytes.readableBytesView)
        if case .answering = state {
            // Pipelined requests of a peer that does not wait: as much as one head and body, then enough.
            if parser.heldBytes > options.limits.head + options.limits.body { context.close(promise: nil) }
            return
        }
        advance(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case Event.stop:
            stop(context)
        case Event.client(let address):
            client = address.description
            if !claim(address) { context.close(promise: nil) }
        case ChannelEvent.inputClosed:
            // Half-closed: a browser that has gone, or a peer that waits for the answer. Nothing more will come.
            stop(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// Closes once what was asked is answered.
    private func stop(_ context: ChannelHandlerContext) {
        isStopping = true
        if case .reading = state, answers.isEmpty { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func claim(_ address: NetworkAddress) -> Bool {
        guard claimed == nil else { return true }
        guard connections.claim(address) else { return false }
        claimed = address
        return true
    }

    // MARK: - Requests

    private func advance(_ context: ChannelHandlerContext) {
        while case .reading = state {
            switch parser.next() {
            case .more: return
            case .refusal(let status, let text):
                state = .ending
                let response = WebResponse(
                    status: status,
                    fields: [
                        WebField("Content-Type", "text/plain; charset=utf-8"), WebField("Cache-Control", "no-store"),
                        WebField("X-Content-Type-Options", "nosniff"),
                    ], body: Array("\(text)\n".utf8))
                add(Answer(response: { _ in response }, keepsAlive: false, isHead: false))
            case .request(let request): take(request, context)
            }
        }
    }

    private func add(_ answer: Answer) {
        answers.append(answer)
        if answers.count == 1 { batch.add(self) }
    }

    /// All answers of one read go out with one system call; `problem`: why the batch's records are not kept.
    func send(_ problem: (any Error)?) {
        for answer in answers {
            // Of a peer that has gone, too: a click is told of once it is kept.
            let response = answer.response(problem)
            if let context { write(response, keepsAlive: answer.keepsAlive, isHead: answer.isHead, context) }
        }
        answers.removeAll(keepingCapacity: true)
        guard let context else { return }
        context.flush()
        if isStopping, case .reading = state { return context.close(promise: nil) }
        // A peer that asks and does not read its answers would fill our memory with them.
        guard context.channel.isWritable else { return context.close(promise: nil) }
        extendDeadline()
    }

    private func take(_ parsed: ParsedRequest, _ context: ChannelHandlerContext) {
        requests += 1
        let keepsAlive = parsed.keepsAlive && requests < options.limits.requestsPerConnection && !isStopping
        let isHead = parsed.method == "HEAD"
        let request = WebRequest(
            method: parsed.method, target: parsed.target, fields: parsed.fields, peer: client(of: parsed.fields),
            body: parsed.body)
        switch handler(request) {
        case .now(let response):
            state = keepsAlive ? .reading : .ending
            add(Answer(response: { _ in response }, keepsAlive: keepsAlive, isHead: isHead))
        case .kept(let record, let answer):
            state = keepsAlive ? .reading : .ending
            batch.add(record)
            add(Answer(response: answer, keepsAlive: keepsAlive, isHead: isHead))
        case .later(let answer):
            state = .answering(keepsAlive: keepsAlive, isHead: isHead)
            deadline = .distantFuture
            let channel = context.channel
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            Task {
                let response = await answer()
                channel.eventLoop.execute {
                    let (connection, context) = bound.value
                    connection.finish(response, context)
                }
            }
        }
    }

    private func finish(_ response: WebResponse, _ context: ChannelHandlerContext) {
        guard case .answering(let wanted, let isHead) = state, context.channel.isActive else { return }
        let keepsAlive = wanted && !isStopping
        state = keepsAlive ? .reading : .ending
        add(Answer(response: { _ in response }, keepsAlive: keepsAlive, isHead: isHead))
        advance(context)
    }

    private func client(of fields: [WebField]) -> String {
        guard options.forwarded == .field else { return client }
        // A Unix socket is reached by the front server only; its directory sees to that.
        guard peer.map({ options.proxies.contains($0) }) ?? true else { return client }
        let values = fields.filter { $0.name.utf8.equalsIgnoringCase("X-Forwarded-For") }.map(\.value)
        return ForwardedClient.client(in: values, trusted: options.proxies)?.description ?? client
    }

    // MARK: - Answers

    private func write(
        _ response: WebResponse, keepsAlive: Bool, isHead: Bool, _ context: ChannelHandlerContext
    ) {
        let buffer = AnswerBytes.buffer(
            response, keepsAlive: keepsAlive, isHead: isHead, allocator: context.channel.allocator)
        if keepsAlive {
            context.write(wrapOutboundOut(buffer), promise: nil)
        } else {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.write(wrapOutboundOut(buffer)).whenComplete { _ in bound.value.close(promise: nil) }
            // Should the peer not read it, the deadline ends the connection.
            extendDeadline()
        }
    }

    // MARK: - The deadline

    // One timer a connection, looked at lazily: a request moves `deadline` and leaves the timer alone.

    private func extendDeadline() {
        deadline = .now() + TimeAmount(options.limits.headTimeout)
    }

    private func restartDeadline(_ context: ChannelHandlerContext) {
        extendDeadline()
        schedule(context, at: deadline)
    }

    private func schedule(_ context: ChannelHandlerContext, at time: NIODeadline) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: time) {
            let (connection, context) = bound.value
            connection.checkDeadline(context)
        }
    }

    private func checkDeadline(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        let now = NIODeadline.now()
        guard now >= deadline else {
            return schedule(context, at: min(deadline, now + TimeAmount(options.limits.headTimeout)))
        }
        context.close(promise: nil)
    }
}

/// Answers as bytes on the wire.
enum AnswerBytes {
    static func buffer(
        _ answer: WebResponse, keepsAlive: Bool, isHead: Bool, allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        var response = answer
        if !response.shared.isClean || !response.fields.allSatisfy(\.isClean) {
            // Nobody's bytes may end a header field, whatever went wrong above (response splitting).
            response = WebFailure.internalError.response
        }
        var buffer = allocator.buffer(capacity: 1_024 + (isHead ? 0 : response.body.count))
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(response.status))
        buffer.writeString(reason(response.status))
        buffer.writeString(HTTPDate.line())
        buffer.writeBytes(response.shared.lines)
        for field in response.fields {
            buffer.writeString(field.name)
            buffer.writeStaticString(": ")
            buffer.writeString(field.value)
            buffer.writeStaticString("\r\n")
        }
        buffer.writeStaticString("Content-Length: ")
        buffer.writeString(String(response.body.count))
        buffer.writeStaticString("\r\n")
        if !keepsAlive { buffer.writeStaticString("Connection: close\r\n") }
        buffer.writeStaticString("\r\n")
        if !isHead { buffer.writeBytes(response.body) }
        return buffer
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: " OK\r\n"
        case 302: " Found\r\n"
        case 303: " See Other\r\n"
        case 400: " Bad Request\r\n"
        case 403: " Forbidden\r\n"
        case 404: " Not Found\r\n"
        case 405: " Method Not Allowed\r\n"
        case 429: " Too Many Requests\r\n"
        case 503: " Service Unavailable\r\n"
        default: " \r\n"  // the phrase may be empty, its space not (RFC 9112, section 4)
        }
    }
}
