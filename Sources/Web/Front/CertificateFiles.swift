// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import NIOSSL
import Synchronization

/// The certificate and key that HTTPS is spoken with, read again when the files change.
///
/// A new pair is in force for the next connection; a bad one is told and the old one stays. TLS 1.2 and 1.3, HTTP/1.1
/// only: one version of HTTP is one parser to keep right (RFC 9113's framing was the source of most smuggling of late).
package final class CertificateFiles: Sendable {
    private struct Held {
        var context: NIOSSLContext
        var seen: [Date?]
        var nextLook: ContinuousClock.Instant
    }

    private let certificate: String
    private let key: String
    private let onProblem: @Sendable (String) -> Void
    private let held: Mutex<Held>

    private static let interval = Duration.seconds(1)

    /// Reads both files; `onProblem` hears later of a pair that cannot be used.
    package init(
        certificate: String, key: String, onProblem: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(CertificateError) {
        self.certificate = certificate
        self.key = key
        self.onProblem = onProblem
        let seen = Self.dates(certificate, key)
        held = Mutex(
            Held(
                context: try Self.context(certificate, key), seen: seen, nextLook: .now.advanced(by: Self.interval)))
    }

    func current() -> NIOSSLContext {
        let now = ContinuousClock.now
        let (context, seen, isDue) = held.withLock { held in
            let isDue = now >= held.nextLook
            if isDue { held.nextLook = now.advanced(by: Self.interval) }
            return (held.context, held.seen, isDue)
        }
        guard isDue else { return context }
        let found = Self.dates(certificate, key)
        guard found != seen else { return context }
        do throws(CertificateError) {
            let fresh = try Self.context(certificate, key)
            held.withLock { ($0.context, $0.seen) = (fresh, found) }
            return fresh
        } catch {
            held.withLock { $0.seen = found }
            onProblem("\(error)")
            return context
        }
    }

    private static func context(_ certificate: String, _ key: String) throws(CertificateError) -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
            let privateKey = try NIOSSLPrivateKey(file: key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(privateKey))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw CertificateError(certificate: certificate, key: key, reason: "\(error)")
        }
    }

    private static func dates(_ paths: String...) -> [Date?] {
        paths.map { (try? FileManager.default.attributesOfItem(atPath: $0))?[.modificationDate] as? Date }
    }
}

/// Why a certificate and its key cannot be used.
package struct CertificateError: Error, Hashable, Sendable, CustomStringConvertible {
    package let certificate: String
    package let key: String
    package let reason: String

    package var description: String { "\(certificate), \(key): no usable certificate and key (PEM): \(reason)" }
}
