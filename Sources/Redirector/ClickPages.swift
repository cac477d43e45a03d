// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import Foundation
import LinkTokens
import Mail
import URLSyntax
package import Web

/// The redirector's answers: pages from `conf/pages`, and the header fields that go with every one of them.
///
/// One template a page, one file of sentences a language (`texts/de.txt`), so that a site changes the looks in one place
/// and a translator needs no HTML.
package struct ClickPages: Sendable {
    /// The pages about one link.
    enum Kind: String, CaseIterable, Sendable {
        case warning, block, pending, outside

        var status: Int { self == .block ? 403 : 200 }
    }

    /// What a page about one link shows.
    struct Content: Sendable {
        let target: ClickTarget
        let reasons: [ClickReason]
        /// The buttons' tokens; nil: no such button.
        let proceed: String?
        let report: String?
        let language: String
    }

    let healthy: WebResponse
    let methodNotAllowed: WebResponse
    /// The pages that are the same for everybody, by name and language: rendered once, so that neither bytes nor time
    /// tell anything.
    private let fixed: [String: [String: WebResponse]]
    private let templates: PageTemplates
    private let texts: [String: PageTexts]
    private let languages: PageLanguages
    private let common: [String: PageValue]
    private let fields: HardenedFields
    private let redirectFields: SharedFields

    private static let fixedPages: [(name: String, status: Int)] = [
        ("not-found", 404), ("unavailable", 503), ("too-many", 429), ("reported", 200),
    ]
    private static let frame: Set<String> = ["style", "site", "contact", "logo", "lang"]
    private static let ofLink: Set<String> = [
        "host", "unicode", "url", "reasons", "reference", "proceed", "report", "wrappers",
    ]

    /// Reads the templates and texts of the directory.
    ///
    /// `site` names the organisation on the pages; `contact` says, in a few words, whom to ask; `logo` is the path of a
    /// picture (SVG or PNG).
    package init(directory: String, site: String, contact: String?, logo: String? = nil) throws(PageTemplateError) {
        texts = try PageTexts.all(in: "\(directory)/texts")
        languages = PageLanguages(Array(texts.keys))
        let names = Self.frame.union(texts[PageLanguages.fallback]?.sentences.keys.map { $0 } ?? [])
        var pages: [String: Set<String>] = [:]
        for (name, _) in Self.fixedPages { pages[name] = names.union(Self.ofLink) }
        for kind in Kind.allCases { pages[kind.rawValue] = names.union(Self.ofLink) }
        templates = try PageTemplates(directory: directory, pages: pages)
        let style = try Self.style(directory)
        fields = HardenedFields(style: style, hasLogo: logo != nil)
        redirectFields = SharedFields(fields.empty)
        var common: [String: PageValue] = ["style": .trusted(style), "site": .text(site)]
        common["contact"] = contact.map(PageValue.text)
        if let logo { common["logo"] = .trusted(try Self.logo(logo)) }
        self.common = common
        fixed = Self.fixed(templates, texts, common, fields)
        healthy = fields.text(status: 200, "ok")
        var methodNotAllowed = fields.text(status: 405, "method not allowed")
        methodNotAllowed.fields.append(WebField("Allow", "GET, HEAD, POST"))
        self.methodNotAllowed = methodNotAllowed
    }

    private static func fixed(
        _ templates: PageTemplates, _ texts: [String: PageTexts], _ common: [String: PageValue],
        _ fields: HardenedFields
    ) -> [String: [String: WebResponse]] {
        var fixed: [String: [String: WebResponse]] = [:]
        for (language, text) in texts {
            let values = common.merging(text.values) { $1 }
            for (name, status) in fixedPages {
                var response = fields.page(status: status, templates.page(name, values))
                if status == 503 { response.fields.append(WebField("Retry-After", "30")) }
                if status == 429 { response.fields.append(WebField("Retry-After", "60")) }
                fixed[name, default: [:]][language] = response
            }
        }
        return fixed
    }

    /// The language of the pages for a request.
    func language(for request: WebRequest) -> String {
        request.field("Accept-Language").map { languages.best(for: Array($0.utf8)) } ?? PageLanguages.fallback
    }

    func notFound(_ language: String) -> WebResponse { fixed("not-found", language) }
    func unavailable(_ language: String) -> WebResponse { fixed("unavailable", language) }
    func tooMany(_ language: String) -> WebResponse { fixed("too-many", language) }
    func reported(_ language: String) -> WebResponse { fixed("reported", language) }

    private func fixed(_ name: String, _ language: String) -> WebResponse {
        let pages = fixed[name]
        return pages?[language] ?? pages?[PageLanguages.fallback] ?? fields.text(status: 503, "not available")
    }

    /// Sends the browser on.
    func redirect(to location: String, afterPost: Bool) -> WebResponse {
        // 303 after a POST: the target gets a GET, not our form (RFC 9110, section 15.4.4).
        WebResponse(
            status: afterPost ? 303 : 302, shared: redirectFields, fields: [WebField("Location", location)])
    }

    func page(_ kind: Kind, _ content: Content) -> WebResponse {
        let text = texts[content.language] ?? texts[PageLanguages.fallback]
        let target = content.target
        let url = target.shown.serialized
        let shown = url.count <= Self.shownLimit ? url.text : "\(url.prefix(Self.shownLimit).text)…"
        var values = common.merging(text?.values ?? [:]) { $1 }
        values["host"] = .text(target.place)
        values["unicode"] = UnicodeHost.text(target.shown.hostBytes).map(PageValue.text)
        values["url"] = .text(shown)
        values["reasons"] = .list(content.reasons.compactMap { text?.sentence($0) })
        values["reference"] = .text("\(target.token.reference)-\(target.token.ordinal)")
        values["proceed"] = content.proceed.map(PageValue.text)
        values["report"] = content.report.map(PageValue.text)
        let outer = target.urls.dropLast().map { $0.hostBytes.text }
        values["wrappers"] = outer.isEmpty ? nil : .list(outer)
        return fields.page(
            status: kind.status, templates.page(kind.rawValue, values), leadsOn: content.proceed != nil,
            hasForm: content.report != nil || content.proceed != nil)
    }

    /// Bytes of a URL that a page shows: a longer one hides more than it tells.
    private static let shownLimit = 512

    private static func style(_ directory: String) throws(PageTemplateError) -> String {
        let path = "\(directory)/style.css"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw PageTemplateError(file: path, line: nil, reason: "the style sheet of the pages cannot be read")
        }
        let style = Array(data).text
        guard !style.contains("</") else {
            throw PageTemplateError(file: path, line: nil, reason: "a style sheet must not contain '</'")
        }
        return style
    }

    /// The picture as a `data:` URL: pages load nothing, from us or anybody.
    private static func logo(_ path: String) throws(PageTemplateError) -> String {
        let limit = 64 * 1_024
        guard let data = FileManager.default.contents(atPath: path), data.count <= limit else {
            throw PageTemplateError(
                file: path, line: nil, reason: "the logo cannot be read, or is larger than \(limit) bytes")
        }
        // A PNG begins with these bytes; anything else is taken for SVG, whose scripts do not run in an <img>.
        let isPNG = data.starts(with: [0x89, 0x50, 0x4E, 0x47])
        return "data:image/\(isPNG ? "png" : "svg+xml");base64,\(data.base64EncodedString())"
    }
}

/// A name as people write it, shown beside its ASCII form.
enum UnicodeHost {
    /// Nil for a name that is ASCII in both forms.
    static func text(_ host: [UInt8]) -> String? {
        let prefix = ("xn--" as StaticString).bytes
        let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.contains(where: { $0.starts(with: prefix) }) else { return nil }
        return labels.map { label -> String in
            guard label.starts(with: prefix), let scalars = Punycode.decode(label.dropFirst(prefix.count)) else {
                return label.text
            }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            return String(view)
        }.joined(separator: ".")
    }
}

/// The header fields of every answer of the redirector.
struct HardenedFields: Sendable {
    private let styleSource: String
    private let hasLogo: Bool

    /// Allows this one style sheet, by its hash, the logo in the page itself, and nothing else.
    init(style: String, hasLogo: Bool = false) {
        // CSP takes base64 with the URL alphabet too, but wants the padding (CSP 3, section 2.3.1).
        styleSource = "'sha256-\(Base64URL.encode(SHA256.digest(Array(style.utf8))).text)='"
        self.hasLogo = hasLogo
    }

    /// `leadsOn`: a form of the page is answered with a redirect to the target.
    func page(status: Int, _ body: [UInt8]?, leadsOn: Bool = false, hasForm: Bool = false) -> WebResponse {
        // Browsers hold `form-action` against redirects too, so 'self' alone would leave the button dead.
        let formAction = leadsOn ? "'self' http: https:" : hasForm ? "'self'" : "'none'"
        return WebResponse(
            status: status,
            fields: common(formAction, image: hasLogo) + [WebField("Content-Type", "text/html; charset=utf-8")],
            body: body ?? [])
    }

    func text(status: Int, _ text: String) -> WebResponse {
        WebResponse(
            status: status, fields: common("'none'") + [WebField("Content-Type", "text/plain; charset=utf-8")],
            body: Array("\(text)\n".utf8))
    }

    /// Those of an answer without a body.
    var empty: [WebField] { common("'none'") }

    private func common(_ formAction: String, image: Bool = false) -> [WebField] {
        let images = image ? " img-src data:;" : ""
        let policy =
            "default-src 'none'; style-src \(styleSource);\(images) form-action \(formAction); base-uri 'none'; frame-ancestors 'none'"
        return [
            WebField("Content-Security-Policy", policy), WebField("Referrer-Policy", "no-referrer"),
            WebField("X-Content-Type-Options", "nosniff"), WebField("X-Frame-Options", "DENY"),
            WebField("X-Robots-Tag", "noindex, nofollow"), WebField("Cache-Control", "no-store"),
        ]
    }
}
