// SPDX-License-Identifier: Apache-2.0

// FrontServer: HTTP/1.1 for the open internet, on SwiftNIO alone.
//
// The redirector answers small requests with small answers, tens of thousands a second, to anybody who asks. A general
// framework spends more on each than the click itself costs (integration/bench/click has the figures), and its parser is
// as lenient as the web is wide. So here: our strict parser (RequestParser), one handler a connection, an answer on the
// spot where the handler has one, and a limit with a name for everything a peer can make grow. The administrator's API
// keeps the framework (WebServer).
//
// A handler that needs to wait (a DNS list, a journal that syncs each click) answers later; until then nothing more is
// read of that connection than the parser's buffer holds.

import FoundationEssentials
package import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Synchronization

/// A server whose handler mostly answers at once.
package struct FrontServer: Service {
    package typealias Handler = @Sendable (WebRequest) -> WebReply
    package typealias ReadyCallback = @Sendable (ListenAddress) async -> Void
    /// Keeps the records of replies (`WebReply.kept`): all of them, or throws.
    package typealias Keeper = @Sendable ([[UInt8]]) throws -> Void

    private let address: ListenAddress
    private let options: FrontOptions
    private let logger: Logger
    private let onReady: ReadyCallback
    private let keep: Keeper
    private let handler: Handler

    /// A server that is not listening yet; `onReady` is told the address (with the port the system chose) once it is.
    package init(
        address: ListenAddress, options: FrontOptions = FrontOptions(), logger: Logger,
        onReady: @escaping ReadyCallback = { _ in }, keep: @escaping Keeper = { _ in throw NothingKeeps() },
        handler: @escaping Handler
    ) {
        self.address = address
        self.options = options
        self.logger = logger
        self.onReady = onReady
        self.keep = keep
        self.handler = handler
    }

    /// Listens and serves until the group shuts down; throws `WebServerError` when it cannot listen.
    package func run() async throws {
        if case .unix(let path, _) = address, WebClient.isAnswering(socket: path) {
            throw WebServerError.inUse(address)
        }
        let connections = OpenConnections(limits: options.limits)
        let channel: any Channel
        do {
            channel = try await bootstrap(connections).bind(to: socketAddress()).get()
        } catch {
            throw WebServerError.cannotListen(address, reason: "\(error)")
        }
        await ready(channel)
        try? await gracefulShutdown()
        try? await channel.close()
        await connections.drain(within: Self.drainTime)
    }

    /// For the answers in hand when the server is told to stop.
    private static let drainTime = Duration.seconds(5)
    /// Connections that the kernel holds for us while all loops are busy.
    private static let backlog: CInt = 1_024

    private func bootstrap(_ connections: OpenConnections) -> ServerBootstrap {
        let (options, handler) = (options, handler)
        let group = MultiThreadedEventLoopGroup.singleton
        let batches = AnswerBatches(group, keep: keep)
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4_096))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.add(channel) else { throw ConnectionsFull() }
                    let connection = FrontConnection(
                        options: options, connections: connections, batch: batches[channel.eventLoop], handler: handler)
                    if options.forwarded == .header {
                        try channel.pipeline.syncOperations.addHandler(
                            ProxyHeaderHandler(trusted: options.proxies, timeout: options.limits.headTimeout))
                    }
                    if let certificates = options.certificates {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLServerHandler(context: certificates.current()))
                    }
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
    }

    private func socketAddress() throws -> SocketAddress {
        switch address {
        case .tcp(let host, let port): return try .makeAddressResolvingHost(host, port: port)
        case .unix(let path, _):
            try? FileManager.default.removeItem(atPath: path)  // nobody answers there: see run()
            return try .init(unixDomainSocketPath: path)
        }
    }

    private func ready(_ channel: any Channel) async {
        switch address {
        case .tcp(let host, let port):
            await onReady(.tcp(host: host, port: channel.localAddress?.port ?? port))
        case .unix(let path, let mode):
            try? FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            await onReady(address)
        }
    }
}

/// The answer to a request: at once, or when it is there.
package enum WebReply: Sendable {
    case now(WebResponse)
    case later(@Sendable () async -> WebResponse)
    /// The answer once the record is kept, or known not to be (the error); requests that came together share one act of
    /// keeping.
    case kept(record: [UInt8], answer: @Sendable ((any Error)?) -> WebResponse)

    /// The answer, waited for; `keep` keeps its record, if it has one.
    package func response(keep: (_ record: [UInt8]) async throws -> Void) async -> WebResponse {
        switch self {
        case .now(let response): return response
        case .later(let response): return await response()
        case .kept(let record, let answer):
            do {
                try await keep(record)
                return answer(nil)
            } catch {
                return answer(error)
            }
        }
    }
}

/// How a front server listens.
package struct FrontOptions: Sendable {
    package var limits = WebLimits()
    /// Whose word about the client is taken.
    package var proxies: [NetworkRange] = []
    package var forwarded = ForwardedClient.none
    /// nil: plain HTTP.
    package var certificates: CertificateFiles?

    package init() {}
}

private struct ConnectionsFull: Error {}

/// A server that was made without a keeper, and a handler that needs one.
private struct NothingKeeps: Error {}

/// The connections that are open: how many, and how many from one address.
final class OpenConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var byAddress: [NetworkAddress: Int] = [:]
        var isDraining = false
    }

    private let limits: WebLimits
    private let state = Mutex(State())

    init(limits: WebLimits) {
        self.limits = limits
    }

    /// False when there are too many in all; the connection is closed then, unanswered.
    func add(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let isTaken = state.withLock { state in
            guard !state.isDraining, state.channels.count < limits.connections else { return false }
            state.channels[id] = channel
            return true
        }
        if isTaken {
            channel.closeFuture.whenComplete { _ in self.state.withLock { _ = $0.channels.removeValue(forKey: id) } }
        }
        return isTaken
    }

    /// False when this address has too many.
    func claim(_ address: NetworkAddress) -> Bool {
        guard limits.connectionsPerAddress > 0 else { return true }
        let subscriber = address.subscriber
        return state.withLock { state in
            let count = state.byAddress[subscriber, default: 0]
            guard count < limits.connectionsPerAddress else { return false }
            state.byAddress[subscriber] = count + 1
            return true
        }
    }

    func release(_ address: NetworkAddress) {
        guard limits.connectionsPerAddress > 0 else { return }
        let subscriber = address.subscriber
        state.withLock { state in
            let count = state.byAddress[subscriber, default: 0] - 1
            state.byAddress[subscriber] = count > 0 ? count : nil
        }
    }

    /// Lets what is being answered end, closes the rest.
    func drain(within time: Duration) async {
        let channels = state.withLock { state in
            state.isDraining = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(FrontConnection.Event.stop) }
        let end = ContinuousClock.now.advanced(by: time)
        while ContinuousClock.now < end, state.withLock({ !$0.channels.isEmpty }) {
            try? await Task.sleep(for: .milliseconds(10))
        }
        for channel in state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
    }
}
