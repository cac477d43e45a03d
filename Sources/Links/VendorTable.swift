// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The wrappers known, one row each; the first row that reads a link counts.
///
/// To add one: name, hosts, paths, rule, and a line in the tests' `Cases/vendor-links.txt`.
enum VendorTable {
    static let rows: [Vendor] = gateways + trackers

    /// Rows by a sum over the last two labels of the hosts they cover: nearly every link of a message is nobody's wrapper,
    /// and asking each row of each link took a tenth of a message's time.
    ///
    /// Two endings of one sum share their rows, which look at the host for themselves.
    private static let byEnding: [UInt64: [Int]] = {
        var table: [UInt64: [Int]] = [:]
        for (index, row) in rows.enumerated() {
            for ending in row.endings.compactMap(\.self) {
                table[sum(ofEnding: ending), default: openRows].append(index)
            }
        }
        return table.mapValues { Set($0).sorted() }
    }()

    /// Rows that leave one of the last two labels open; of those, the ones that any host may have.
    private static let openRows = rows.indices.filter { rows[$0].endings.contains(nil) }
    private static let rowsForAll = rows.indices.filter { rows[$0].openLabels.contains(nil) }
    /// What stands in a host that one of the others covers.
    private static let openLabels = Set(rows.flatMap { $0.openLabels.compactMap(\.self) })

    /// The rows that may cover a host, in their order.
    static func rows(for host: [UInt8]) -> [Int] {
        if let rows = byEnding[sum(ofEnding: host)] { return rows }
        return openLabels.contains { host.range(of: $0) != nil } ? openRows : rowsForAll
    }

    /// FNV-1a over the last two labels, from the back.
    private static func sum(ofEnding host: [UInt8]) -> UInt64 {
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        var isSecondLabel = false
        var place = host.last == .fullStop ? host.count &- 1 : host.count
        while place > 0 {
            place &-= 1
            let byte = host[place]
            if byte == .fullStop {
                if isSecondLabel { break }
                isSecondLabel = true
            }
            sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return sum
    }

    /// Mail gateways that check a link when it is opened.
    private static let gateways: [Vendor] = [
        Vendor(
            "Microsoft Safe Links",
            [
                "**.safelinks.protection.outlook.com", "**.safelinks.protection.office365.us",
                "**.safelinks.protection.outlook.cn", "**.safelinks.protection.partner.outlook.cn",
            ], .query(["url"])),
        Vendor(
            "Microsoft Safe Links", ["statics.teams.cdn.office.net"], at: ["/evergreen-assets/safelinks/"],
            .query(["url"])),
        Vendor("Proofpoint v1", proofpoint, at: ["/v1/url"], .proofpoint1),
        Vendor("Proofpoint v2", proofpoint, at: ["/v2/url"], .proofpoint2),
        Vendor("Proofpoint v3", proofpoint, at: ["/v3/"], .proofpoint3),
        Vendor(
            "Mimecast",
            ["protect*.mimecast.com", "**.mimecastprotect.com", "**.mimecast-offshore.com"], at: ["/s/", "/r/"],
            .opaque(hint: "domain")),
        Vendor("Barracuda", ["**.linkprotect.cudasvc.com"], .query(["a"])),
        Vendor("Cisco Secure Email", ["secure-web.cisco.com"], .cisco),
        Vendor("Sophos Email", ["**.protection.sophos.com"], .base64(["u"], hint: "d")),
        Vendor(
            "Trend Micro",
            ["*-ctp.trendmicro.com", "**.ctp.trendmicro.com", "**.check.trendmicro.com"], .query(["url"])),
        Vendor(
            "Symantec", ["clicktime.symantec.com", "clicktime.cloud.postoffice.net"], .query(["u"], isOpaqueElse: true)),
        Vendor("Check Point", ["**.avanan.click", "protect.checkpoint.com"], .tripleUnderscore),
        Vendor("Check Point", ["avanan.url-protection.com"], at: ["/v1/url"], .query(["o"])),
        Vendor("Trustwave", ["scanmail.trustwave.com"], .query(["u"])),
        Vendor("FireEye", ["protect*.fireeye.com"], at: ["/v1/url", "/v2/url", "/url"], .query(["u"])),
        Vendor("Libraesva", ["**.urlsand.esvalabs.com", "**.urlsand.com"], .query(["u"])),
        Vendor("Hornetsecurity", ["**.hornetsecurity.com"], .query(["u"], isOpaqueElse: true)),
        Vendor(
            "Vade", ["antiphishing.vadesecure.com", "m365.*.vadesecure.com", "gws.*.vadesecure.com"], .query(["u"])),
        Vendor("EdgePilot", ["link.edgepilot.com", "link.zixcentral.com"], .query(["u"], isOpaqueElse: true)),
        Vendor("Mailinblack", ["mibc-*.mailinblack.com"], at: ["/securelink"], .jsonKey),
        Vendor("Intermedia LinkSafe", ["url.emailprotection.link"], .opaque(hint: nil)),
        Vendor("INKY", ["**.inky.com"], at: ["/link"], .opaque(hint: "domain")),
        Vendor("Darktrace", ["**.z.antigena.com"], at: ["/l/"], .opaque(hint: nil)),
        Vendor("SpamTitan", ["linklock.titanhq.com"], .query(["url"])),
        Vendor("FortiMail", ["*"], at: ["/fmlurlsvc/"], .query(["url"])),
        Vendor("Hermes Link Guard", ["*"], .query(["url"], signedBy: "token")),
        Vendor(
            "Outlook image proxy", ["outlook.office.com", "outlook.office365.com"], at: ["/actions/ei"], .query(["u"])),
    ]

    private static let proofpoint: [StaticString] = ["urldefense.proofpoint.com", "urldefense.com", "urldefense.us"]

    /// Trackers, translators and redirectors on hosts that filters trust.
    private static let trackers: [Vendor] = [
        Vendor("Google", google, at: ["/url"], .query(["q", "url"])),
        Vendor("Google", google, at: ["/aclk", "/pagead/aclk"], .query(["adurl"])),
        Vendor("Google Meet", ["meet.google.com"], at: ["/linkredirect"], .query(["dest"])),
        Vendor("Google AMP", google, at: ["/amp/"], .amp),
        Vendor("AMP cache", ["**.cdn.ampproject.org"], at: ["/c/", "/v/", "/a/"], .amp),
        Vendor("Google Translate", ["translate.google.*", "translate.google.*.*"], .query(["u"])),
        Vendor("Google Translate", ["*.translate.goog"], .translated),
        Vendor("Google Ads", ["**.doubleclick.net", "**.googleadservices.com"], .query(["adurl"])),
        Vendor("Google Ads", ["**.doubleclick.net"], at: ["/ddm/"], .wholeQuery),
        Vendor("YouTube", ["**.youtube.com"], at: ["/redirect"], .query(["q"])),
        Vendor("Bing", ["**.bing.com"], at: ["/ck/a"], .base64(["u"], hint: nil, prefix: "a1")),
        Vendor("Yahoo", ["r.search.yahoo.com"], .between("/RU=", "/RK=")),
        Vendor(
            "Facebook", ["l.facebook.com", "lm.facebook.com", "l.messenger.com", "l.workplace.com", "l.instagram.com"],
            .query(["u"])),
        Vendor("Facebook", ["**.facebook.com"], at: ["/l.php", "/flx/warn"], .query(["u"])),
        Vendor("LinkedIn", ["**.linkedin.com"], at: ["/redir/", "/safety/go"], .query(["url"])),
        Vendor("LinkedIn", ["**.linkedin.com"], at: ["/slink"], .opaque(hint: nil)),
        Vendor("Slack", ["slack-redir.net"], at: ["/link"], .query(["url"])),
        Vendor("VK", ["vk.com", "**.vk.com"], at: ["/away.php"], .query(["to"])),
        Vendor("Amazon SES", ["**.awstrack.me"], at: ["/L0/", "/CL0/", "/CI0/"], .secondSegment),
        Vendor(
            "Azure mail", ["emails.azure.microsoft.com", "**.safelink.emails.azure.net"], at: ["/redirect"],
            .query(["destination"])),
    ]

    private static let google: [StaticString] = [
        "google.*", "google.co.*", "google.com.*", "www.google.*", "www.google.co.*", "www.google.com.*",
        "**.googleusercontent.com",
    ]
}
