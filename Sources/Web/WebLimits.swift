// SPDX-License-Identifier: Apache-2.0

/// What one peer may ask of a server.
///
/// Left for a front server, or for later: connections and requests per address, and requests per connection.
package struct WebLimits: Sendable {
    /// Bytes of the request target, and of any one header field: a link token with a long URL fits, a flood does not.
    package var line = 8 * 1_024
    /// Bytes of the request target and all header fields together; browsers send 1 to 3 KiB, cookies of a shared
    /// domain more.
    package var head = 16 * 1_024
    /// Header fields: stops a peer from growing our memory by tiny ones.
    package var fieldCount = 32
    /// Bytes of a body.
    package var body = 4 * 1_024
    /// From the connection, or the last answer, to the end of the next request's header: stops slow senders.
    ///
    /// The clock does not start again at each byte.
    package var headTimeout = Duration.seconds(10)
    /// From the end of the header to the end of the body.
    package var bodyTimeout = Duration.seconds(10)
    /// Open connections; more wait in the system's queue.
    package var connections = 8_192

    package init() {}
}
