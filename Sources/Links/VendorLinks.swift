// SPDX-License-Identifier: Apache-2.0

import Bytes
package import URLSyntax

/// A link that another vendor's gateway, a tracker or a redirector has wrapped, and what it leads to.
package struct UnwrappedLink: Hashable, Sendable {
    /// One wrapper around another link.
    package struct Layer: Hashable, Sendable {
        /// The name of the vendor or service, as records say it.
        package let wrapper: String
        /// What this layer wraps; empty when only the vendor can tell.
        package let url: [UInt8]
    }

    /// Outermost first.
    package let layers: [Layer]
    /// The innermost URL known; nil when the innermost wrapper is opaque.
    package let target: WebURL?
    /// The host that an opaque wrapper says it leads to: a hint that its sender chose.
    package let hostHint: [UInt8]?

    /// Layers that no honest chain of gateways has.
    private static let deepLayers = 4

    /// Wrapped four times or more: a finding of its own.
    package var isDeep: Bool { layers.count >= Self.deepLayers }
}

/// Links of other vendors, unwrapped without asking anybody.
///
/// For the verdict only: what is written back is the link as it came, wrapped whole, so that the other gateway's check is
/// not lost. The formats are facts that vendors and their customers published; `VendorTable` has one row for each. What is
/// found inside is worth no more than any link: whoever looks at it must not fetch it.
package enum VendorLinks {
    /// Layers that are taken off: enough for any honest chain, and four are a finding already.
    private static let layerLimit = 8

    /// What the link leads to through all known wrappers; nil when it is none of them.
    package static func unwrap(_ url: WebURL) -> UnwrappedLink? {
        // Nearly every link is nobody's wrapper.
        guard var next = content(of: url) else { return nil }
        var layers: [UnwrappedLink.Layer] = []
        var seen: Set<WebURL> = [url]
        var current = url
        while true {
            let (name, content) = next
            switch content {
            case .opaque(let hint):
                layers.append(.init(wrapper: name, url: []))
                return UnwrappedLink(layers: layers, target: nil, hostHint: hint)
            case .url(let bytes, let inner):
                layers.append(.init(wrapper: name, url: bytes))
                current = inner
            }
            // A link that wraps itself ends here too.
            guard layers.count < layerLimit, seen.insert(current).inserted, let deeper = Self.content(of: current)
            else {
                return UnwrappedLink(layers: layers, target: current, hostHint: nil)
            }
            next = deeper
        }
    }

    /// What one layer holds, by the first row of the table that reads it.
    private static func content(of url: WebURL) -> (String, VendorRule.Content)? {
        guard url.isWeb else { return nil }
        let hostBytes = url.hostBytes
        var host = HostLabels(hostBytes)
        for index in VendorTable.rows(for: hostBytes) {
            let vendor = VendorTable.rows[index]
            guard vendor.rule.mayRead(url), vendor.covers(url, &host) else { continue }
            if let content = vendor.rule.content(of: WrappedURL(url)) { return (vendor.name, content) }
        }
        return nil
    }
}

/// One row of the table: whose links, where they are, how they are read.
struct Vendor: Sendable {
    let name: String
    private let hosts: [HostPattern]
    private let paths: [[UInt8]]
    let rule: VendorRule

    /// `paths` are beginnings of the path; none: any path.
    init(_ name: String, _ hosts: [StaticString], at paths: [StaticString] = [], _ rule: VendorRule) {
        self.name = name
        self.hosts = hosts.map(HostPattern.init)
        self.paths = paths.map(\.bytes)
        self.rule = rule
    }

    /// What the last two labels of a host have to be, one for each pattern; nil where a pattern leaves one of them open.
    var endings: [[UInt8]?] { hosts.map(\.ending) }

    /// For each pattern that leaves one of them open a label that its hosts have; nil where any host will do.
    var openLabels: [[UInt8]?] { hosts.filter { $0.ending == nil }.map(\.fixedLabel) }

    func covers(_ url: WebURL, _ host: inout HostLabels) -> Bool {
        (paths.isEmpty || paths.contains { url.path.starts(with: $0) }) && hosts.contains { $0.matches(&host) }
    }
}

/// The labels of a host, the last one first; told apart when somebody asks.
struct HostLabels {
    private let host: [UInt8]
    private(set) lazy var labels: [ArraySlice<UInt8>] = {
        let name = host.last == .fullStop ? host.dropLast() : host[...]
        return name.split(separator: .fullStop, maxSplits: 31, omittingEmptySubsequences: false).reversed()
    }()

    init(_ host: [UInt8]) { self.host = host }
}

/// Hosts, compared label by label: `**.example.com` is that name and all below it, `*` stands for any characters of one
/// label, and `*` alone for every host.
struct HostPattern: Sendable {
    /// The last one first.
    private let labels: [[UInt8]]
    private let isOpen: Bool
    private static let star: UInt8 = 0x2A

    init(_ pattern: StaticString) {
        var labels = pattern.bytes.split(separator: .fullStop).map(Array.init)
        isOpen = labels.first == [Self.star, Self.star] || labels == [[Self.star]]
        if isOpen { labels.removeFirst() }
        self.labels = labels.reversed()
    }

    /// The last two labels as they stand in a host; nil where there are fewer, or one of them is open.
    var ending: [UInt8]? {
        guard labels.count >= 2, !labels[0].contains(Self.star), !labels[1].contains(Self.star) else { return nil }
        return labels[1] + [.fullStop] + labels[0]
    }

    /// The longest label that stands as it is; nil without one.
    var fixedLabel: [UInt8]? { labels.filter { !$0.contains(Self.star) }.max { $0.count < $1.count } }

    func matches(_ host: inout HostLabels) -> Bool {
        if isOpen, labels.isEmpty { return true }
        guard isOpen ? host.labels.count >= labels.count : host.labels.count == labels.count else { return false }
        return zip(labels, host.labels).allSatisfy { Self.matches($1, $0) }
    }

    private static func matches(_ label: ArraySlice<UInt8>, _ pattern: [UInt8]) -> Bool {
        guard let place = pattern.firstIndex(of: star) else { return label.elementsEqual(pattern) }
        let (head, tail) = (pattern[..<place], pattern[(place + 1)...])
        return label.count >= head.count + tail.count && label.starts(with: head)
            && label.suffix(tail.count).elementsEqual(tail)
    }
}
