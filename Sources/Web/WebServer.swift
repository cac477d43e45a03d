// SPDX-License-Identifier: Apache-2.0

// Web: HTTP in and out, and pages, as plain values.
//
// The rest of the program sees WebRequest and WebResponse and never the HTTP packages, so a handler is tested by
// calling it, and the server underneath can be changed here alone. Requests and answers are held whole: the pages and
// API objects here are small, and a whole answer can be checked before its first byte goes out. Road not taken:
// Hummingbird's own types everywhere, with routers, contexts and streamed bodies that nobody here needs; and SwiftNIO
// alone, which would leave us to keep HTTP/1.1's state machine.
//
// Only this module imports Hummingbird (server), swift-mustache (pages) and, for HTTP, libcurl (client).

import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle

/// An HTTP/1.1 server on a TCP port or a Unix socket.
///
/// Runs in a `ServiceGroup`. On graceful shutdown it stops accepting, lets the requests in hand end, closes the idle
/// connections and returns.
package struct WebServer: Service {
    package typealias Handler = @Sendable (WebRequest) async -> WebResponse
    package typealias ReadyCallback = @Sendable (ListenAddress) async -> Void

    private let address: ListenAddress
    private let limits: WebLimits
    private let logger: Logger
    private let onReady: ReadyCallback
    private let handler: Handler

    /// A server that is not listening yet; `onReady` is told the address (with the port the system chose) once it is.
    package init(
        address: ListenAddress, limits: WebLimits = WebLimits(), logger: Logger,
        onReady: @escaping ReadyCallback = { _ in },
        handler: @escaping Handler
    ) {
        self.address = address
        self.limits = limits
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)  // the framework's chatter is not our log format
        self.logger = quiet
        self.onReady = onReady
        self.handler = handler
    }

    /// Listens and serves until the group shuts down; throws `WebServerError` when it cannot listen.
    package func run() async throws {
        if case .unix(let path, _) = address, WebClient.isAnswering(socket: path) {
            throw WebServerError.inUse(address)
        }
        let exchange = Exchange(limits: limits, logger: logger, handler: handler)
        let application = Application(
            responder: CallbackResponder { try await exchange.respond(to: $0, $1) },
            server: .http1(configuration: channelConfiguration),
            configuration: ApplicationConfiguration(
                address: bindAddress, serverName: nil, backlog: 1_024,
                availableConnectionsDelegate: .maximum(limits.connections, logger: logger)),
            onServerRunning: { await ready($0) },
            logger: logger)
        do {
            try await application.run()
        } catch let error as IOError {
            throw WebServerError.cannotListen(address, reason: error.description)
        }
    }

    private func ready(_ channel: any Channel) async {
        switch address {
        case .tcp(let host, let port):
            await onReady(.tcp(host: host, port: channel.localAddress?.port ?? port))
        case .unix(let path, let mode):
            // Until here nobody but the owner could connect: the socket was made under the umask.
            // When this fails it stays so.
            try? FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            await onReady(address)
        }
    }

    private var bindAddress: BindAddress {
        switch address {
        case .tcp(let host, let port): .hostname(host, port: port)
        case .unix(let path, _): .unixDomainSocket(path: path)
        }
    }

    private var channelConfiguration: HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            // Hummingbird's idle clock restarts at whole parts (header, body chunk), so it is a header deadline too.
            idleTimeout: TimeAmount(limits.headTimeout),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.line, maxHeaderListSize: limits.head, maxHeaderFieldCount: limits.fieldCount)
        )
    }
}

/// Why a server does not listen.
package enum WebServerError: Error, Hashable, Sendable, CustomStringConvertible {
    case inUse(ListenAddress)
    case cannotListen(ListenAddress, reason: String)

    package var description: String {
        switch self {
        case .inUse(let address): "cannot listen on \(address): another program is answering there"
        case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
        }
    }
}
