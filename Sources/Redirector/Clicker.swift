// SPDX-License-Identifier: Apache-2.0

import Bytes
import Web

/// A guess at who or what clicked; never at which person.
///
/// Half of all "clicks" on links in mail are gateways and chat programs that look at what is behind (peers.md, C 1 to 3).
/// The guess is a field with its reason, and the raw fields are kept beside it, so that somebody with more knowledge can
/// guess again. It decides nothing here: a scanner gets the answer a person gets, or it would see another web than they.
struct Clicker: Hashable, Sendable {
    enum Kind: String, Sendable {
        case human, scanner, preview, simulation, unknown
    }

    let kind: Kind
    let reason: String

    /// Links of one message opened from one address within the time that a person needs to find the second.
    static let burst = 4

    /// `linksInARow`: how many different links of the message this address opened within some seconds.
    static func guess(_ request: WebRequest, linksInARow: Int, isSimulation: Bool) -> Clicker {
        if isSimulation { return Clicker(kind: .simulation, reason: "the target is one of the site's own exercises") }
        if let purpose = ["Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"].first(where: { request.field($0) != nil }) {
            return Clicker(kind: .preview, reason: "field \(purpose)")
        }
        guard let agent = request.field("User-Agent"), !agent.isEmpty else {
            return Clicker(kind: .scanner, reason: "no User-Agent")
        }
        let small = Array(agent.utf8.prefix(512)).lowercased
        if let name = previews.first(in: small) {
            return Clicker(kind: .preview, reason: "User-Agent of \(name)")
        }
        if let name = tools.first(in: small) {
            return Clicker(kind: .scanner, reason: "User-Agent of \(name)")
        }
        // A browser that goes to a page asks for HTML first; who asks for a picture shows the mail.
        if let accept = request.field("Accept"), accept.utf8.prefix(6).elementsEqual("image/".utf8) {
            return Clicker(kind: .preview, reason: "asks for a picture")
        }
        if linksInARow >= burst {
            return Clicker(kind: .scanner, reason: "\(linksInARow) links of one message within seconds")
        }
        if request.method == "POST" { return Clicker(kind: .human, reason: "a button on a page of ours") }
        return browser(request, small)
    }

    private static func browser(_ request: WebRequest, _ agent: [UInt8]) -> Clicker {
        guard agent.starts(with: "mozilla/5.0".utf8) else {
            return Clicker(kind: .unknown, reason: "no browser's name")
        }
        guard request.field("Accept-Language") != nil else {
            return Clicker(kind: .scanner, reason: "a browser's name without Accept-Language")
        }
        if let mode = request.field("Sec-Fetch-Mode") {
            guard mode == "navigate" else {
                return Clicker(kind: .scanner, reason: "Sec-Fetch-Mode \(mode.prefix(20))")
            }
            return request.field("Sec-Fetch-User") == "?1"
                ? Clicker(kind: .human, reason: "opened by a person, says the browser")
                : Clicker(kind: .human, reason: "a browser's navigation")
        }
        return Clicker(kind: .human, reason: "a browser's fields")
    }

    private static let previews = WordSet([
        "whatsapp", "slackbot", "slack-imgproxy", "facebookexternalhit", "twitterbot", "telegrambot", "discordbot",
        "skypeuripreview", "linkedinbot", "google-pagerenderer", "googleimageproxy", "bingpreview", "mattermost",
        "embedly", "iframely", "signal-desktop", "applebot", "teams/", "viber",
    ])
    private static let tools = WordSet([
        "curl/", "wget/", "python", "go-http-client", "java/", "okhttp", "libwww-perl", "headlesschrome", "phantomjs",
        "puppeteer", "playwright", "selenium", "bot/", "bot)", "spider", "crawler", "scan", "barracuda", "proofpoint",
        "mimecast", "urldefense", "safelinks", "googlebot", "bingbot", "httpclient", "node-fetch", "axios", "scrapy",
        "zgrab", "nmap", "wrk",
    ])

    /// The fields a guess can rest on, raw.
    static func fields(of request: WebRequest) -> [String] {
        kept.compactMap { name in
            request.field(name).map { "\(name): \(Array($0.utf8.prefix(fieldLimit)).text)" }
        }
    }

    private static let kept = [
        "Accept", "Accept-Language", "Purpose", "Referer", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site",
        "Sec-Fetch-User", "Sec-Purpose", "Via", "X-Moz", "X-Purpose",
    ]
    /// Bytes of one field that are kept.
    private static let fieldLimit = 128
}

/// Words that are looked for in a text all at once: at each place only those that begin with its byte.
private struct WordSet: Sendable {
    private var words: [[[UInt8]]] = Array(repeating: [], count: 256)

    init(_ list: [String]) {
        for word in list {
            let bytes = Array(word.utf8)
            if let first = bytes.first { words[Int(first)].append(bytes) }
        }
    }

    func first(in text: [UInt8]) -> String? {
        for index in text.indices {
            for word in words[Int(text[index])] where text.count - index >= word.count {
                if text[index..<(index + word.count)].elementsEqual(word) { return word.text }
            }
        }
        return nil
    }
}
