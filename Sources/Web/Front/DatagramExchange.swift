// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// One question and one answer by UDP.
package enum DatagramExchange {
    /// Sends the bytes to the address and gives the first datagram from there that `accepts` takes; nil when time is up.
    ///
    /// Each exchange has a socket, and so a source port, of its own: whoever wants to forge an answer has to guess it.
    package static func send(
        _ bytes: [UInt8], to host: String, port: Int, within time: Duration,
        accepts: @escaping @Sendable ([UInt8]) -> Bool
    ) async -> [UInt8]? {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        guard let peer = try? SocketAddress(ipAddress: host, port: port) else { return nil }
        let promise = loop.makePromise(of: [UInt8]?.self)
        let bootstrap = DatagramBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    AnswerHandler(peer: peer, accepts: accepts, promise: promise))
            }
        }
        let local = peer.protocol == .inet6 ? "::" : "0.0.0.0"
        guard let channel = try? await bootstrap.bind(host: local, port: 0).get() else {
            promise.succeed(nil)
            return nil
        }
        loop.scheduleTask(in: TimeAmount(time)) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in promise.succeed(nil) }
        channel.writeAndFlush(AddressedEnvelope(remoteAddress: peer, data: ByteBuffer(bytes: bytes)), promise: nil)
        return try? await promise.futureResult.get()
    }

    private final class AnswerHandler: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>

        private let peer: SocketAddress
        private let accepts: @Sendable ([UInt8]) -> Bool
        private let promise: EventLoopPromise<[UInt8]?>

        init(peer: SocketAddress, accepts: @escaping @Sendable ([UInt8]) -> Bool, promise: EventLoopPromise<[UInt8]?>) {
            self.peer = peer
            self.accepts = accepts
            self.promise = promise
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            let bytes = Array(envelope.data.readableBytesView)
            guard envelope.remoteAddress == peer, accepts(bytes) else { return }
            promise.succeed(bytes)
            context.close(promise: nil)
        }
    }
}
