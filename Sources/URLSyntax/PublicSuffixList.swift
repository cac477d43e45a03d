// SPDX-License-Identifier: Apache-2.0

import Bytes
import CPSL

/// The list of the names under which anybody may register one (publicsuffix.org), read by libpsl.
///
/// The distribution keeps the list up to date (package `publicsuffix`); what libpsl has built in serves where that is
/// missing or older. Immutable once loaded, so any thread may ask.
@safe package struct PublicSuffixList: @unchecked Sendable {  // libpsl's contexts may be read by many threads at once
    private let context: OpaquePointer?

    /// The newest list of the system.
    package static let system = unsafe PublicSuffixList(psl_latest(nil))

    /// Longest host that is looked up, in bytes: the DNS has none that is longer (RFC 1035, section 2.3.4).
    private static let hostSizeLimit = 255

    private init(_ context: OpaquePointer?) { unsafe self.context = unsafe context }

    /// A list from a file, nil when there is none.
    ///
    /// It stays in memory as long as the process.
    package init?(path: String) {
        guard let context = unsafe psl_load_file(path) else { return nil }
        unsafe self.init(context)
    }

    /// The suffix of the host and one label more: what one owner has.
    ///
    /// `host` is a name as browsers write it, ASCII in small letters. Nil for a suffix itself and for what is no name.
    package func registrableDomain(of host: [UInt8]) -> [UInt8]? {
        let name = host.last == UInt8(ascii: ".") ? host.dropLast() : host[...]
        guard let first = name.first, first != UInt8(ascii: "."), name.count <= Self.hostSizeLimit,
            !name.contains(0)
        else { return nil }
        let text = name.map { CChar(bitPattern: $0) } + [0]
        let rest = unsafe text.withUnsafeBufferPointer { text -> Int? in
            guard let start = text.baseAddress, let found = unsafe psl_registrable_domain(context, start) else {
                return nil
            }
            return unsafe found - start
        }
        return rest.map { Array(name.dropFirst($0)) }
    }

    /// Whether the label is a top-level domain that the list names (ICANN's section).
    package func isTopLevel(_ label: some Collection<UInt8>) -> Bool {
        guard !label.isEmpty, label.count <= 63, !label.contains(where: { $0 == 0 || $0 == UInt8(ascii: ".") }) else {
            return false
        }
        let text = label.map { CChar(bitPattern: $0.lowercased) } + [0]
        return unsafe text.withUnsafeBufferPointer { text in
            guard let start = text.baseAddress else { return false }
            return unsafe psl_is_public_suffix2(context, start, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) == 1
        }
    }
}

extension WebURL {
    /// The part of the host that one owner has registered, by the system's public suffix list.
    ///
    /// Nil for an address, a suffix, a single label under no suffix, and a URL without a host.
    package var registrableDomain: [UInt8]? {
        guard case .domain(let name)? = host else { return nil }
        return PublicSuffixList.system.registrableDomain(of: name)
    }
}
