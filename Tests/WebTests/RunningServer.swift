// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing
import Web

/// Runs a server for the length of `body`, on a port of the system's choice or on the given socket.
func withServer(
    at address: ListenAddress = .tcp(host: "127.0.0.1", port: 0), limits: WebLimits = WebLimits(),
    handler: @escaping WebServer.Handler, _ body: (ListenAddress) async throws -> Void
) async throws {
    let (ready, signal) = AsyncStream.makeStream(of: ListenAddress.self)
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let server = WebServer(
        address: address, limits: limits, logger: logger, onReady: { signal.yield($0) }, handler: handler)
    let group = ServiceGroup(services: [server], logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
            defer { signal.finish() }
            try await group.run()
        }
        for await address in ready.prefix(1) { try await body(address) }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}

extension ListenAddress {
    /// The peer a client asks for this address.
    var peer: ClientRequest.Peer {
        switch self {
        case .tcp: .origin("http://\(self)")
        case .unix(let path, _): .unix(path: path)
        }
    }

    /// Sends the bytes as they are and gives all that comes back until the server closes.
    func exchange(_ text: String) async throws -> String {
        guard case .tcp(let host, let port) = self else { return "" }
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        do {
            return try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: text))
                var received = ""
                do {
                    for try await chunk in inbound { received += String(buffer: chunk) }
                } catch is IOError {
                    // The server closed with our bytes unread.
                }
                return received
            }
        } catch ChannelError.ioOnClosedChannel {
            return ""  // it closed before we wrote: a busy machine
        }
    }
}
