// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Takes the PROXY header off the begin of a connection, tells who it names, and leaves the pipeline.
///
/// A connection that does not come from a named proxy is closed: behind this listener only proxies have business, and a
/// header from anybody else is an attempt to be somebody.
final class ProxyHeaderHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let trusted: [NetworkRange]
    private let timeout: Duration
    private var held: [UInt8] = []
    private var timer: Scheduled<Void>?

    init(trusted: [NetworkRange], timeout: Duration) {
        self.trusted = trusted
        self.timeout = timeout
    }

    func channelActive(context: ChannelHandlerContext) {
        if let peer = context.channel.remoteAddress?.ipAddress.flatMap({ NetworkAddress($0) }),
            !trusted.contains(peer)
        {
            return context.close(promise: nil)
        }
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: TimeAmount(timeout)) { channel.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        held.append(contentsOf: unwrapInboundIn(data).readableBytesView)
        switch ProxyHeader.read(held) {
        case .more: break
        case .bad: context.close(promise: nil)
        case .header(let size, let client):
            timer?.cancel()
            if let client { context.fireUserInboundEventTriggered(FrontConnection.Event.client(client)) }
            let rest = held.dropFirst(size)
            if !rest.isEmpty {
                context.fireChannelRead(wrapInboundOut(context.channel.allocator.buffer(bytes: rest)))
                context.fireChannelReadComplete()
            }
            held = []
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }
}
