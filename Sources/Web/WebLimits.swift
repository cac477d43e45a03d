// SPDX-License-Identifier: Apache-2.0

/// What one peer may ask of a server.
package struct WebLimits: Sendable {
    /// Bytes of the request line, and of any one header field: a link token with a long URL fits, a flood does not.
    package var line = 8 * 1_024
    /// Bytes of the request line and all header fields together; browsers send 1 to 3 KiB, cookies of a shared
    /// domain more.
    package var head = 16 * 1_024
    /// Header fields: stops a peer from growing our memory by tiny ones.
    package var fieldCount = 32
    /// Bytes of a body.
    package var body = 4 * 1_024
    /// From the connection, or the last answer, to the end of the next request's header: stops slow senders.
    ///
    /// The clock does not start again at each byte.
    package var headTimeout = Duration.seconds(5)
    /// From the end of the header to the end of the body (`WebServer`; `FrontServer` gives both together the time above).
    package var bodyTimeout = Duration.seconds(5)
    /// Open connections; more wait in the system's queue (`WebServer`) or are closed (`FrontServer`).
    package var connections = 8_192
    /// Open connections of one address (`FrontServer`); 0: as many as there may be in all.
    package var connectionsPerAddress = 0
    /// Requests of one connection, after which it closes (`FrontServer`): memory a peer has made grow is given back.
    package var requestsPerConnection = 1_000

    package init() {}
}
