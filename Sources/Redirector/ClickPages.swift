// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import FoundationEssentials
import LinkTokens
import Mail
import URLSyntax
package import Web

/// The redirector's answers: pages from `conf/pages`, and the header fields that go with every one of them.
package struct ClickPages: Sendable {
    /// The same for everybody, whatever was wrong: rendered once, so that neither bytes nor time tell anything.
    let notFound: WebResponse
    let unavailable: WebResponse
    let healthy: WebResponse
    let methodNotAllowed: WebResponse

    private let templates: PageTemplates
    private let common: [String: PageValue]
    private let fields: HardenedFields

    /// What each page may show.
    private static let pages: [String: Set<String>] = [
        "not-found": frame, "unavailable": frame,
        "block": frame.union(["host", "url", "reasons", "reference"]),
        "warning": frame.union(["host", "url", "reasons", "reference", "proceed"]),
    ]
    private static let frame: Set<String> = ["style", "site", "contact", "reference"]

    /// Reads the templates of the directory.
    ///
    /// `site` names the organisation on the pages; `contact` says, in a few words, whom to ask.
    package init(directory: String, site: String, contact: String?) throws(PageTemplateError) {
        templates = try PageTemplates(directory: directory, pages: Self.pages)
        let style = try Self.style(directory)
        fields = HardenedFields(style: style)
        var common: [String: PageValue] = ["style": .trusted(style), "site": .text(site)]
        common["contact"] = contact.map(PageValue.text)
        self.common = common
        notFound = fields.page(status: 404, templates.page("not-found", common))
        var unavailable = fields.page(status: 503, templates.page("unavailable", common))
        unavailable.fields.append(WebField("Retry-After", "30"))
        self.unavailable = unavailable
        healthy = fields.text(status: 200, "ok")
        var methodNotAllowed = fields.text(status: 405, "method not allowed")
        methodNotAllowed.fields.append(WebField("Allow", "GET, HEAD, POST"))
        self.methodNotAllowed = methodNotAllowed
    }

    /// Sends the browser on.
    func redirect(to location: String, afterPost: Bool) -> WebResponse {
        // 303 after a POST: the target gets a GET, not our form (RFC 9110, section 15.4.4).
        var response = fields.empty(status: afterPost ? 303 : 302)
        response.fields.append(WebField("Location", location))
        return response
    }

    func block(_ target: ClickTarget) -> WebResponse {
        let values = values(target, reasons: ["It is on the list of dangerous places that your organisation uses."])
        return fields.page(status: 403, templates.page("block", values))
    }

    func warning(_ target: ClickTarget, isJudged: Bool, proceed: String?) -> WebResponse {
        let reason =
            isJudged
            ? "It is on the list of suspicious places that your organisation uses."
            : "Links cannot be checked at the moment, so nobody knows whether this place is safe."
        var values = values(target, reasons: [reason])
        values["proceed"] = proceed.map(PageValue.text)
        return fields.page(status: 200, templates.page("warning", values), hasForm: proceed != nil)
    }

    private func values(_ target: ClickTarget, reasons: [String]) -> [String: PageValue] {
        let url = target.url.serialized
        let shown = url.count <= Self.shownLimit ? url.text : "\(url.prefix(Self.shownLimit).text)…"
        return common.merging([
            "host": .text(target.place), "url": .text(shown), "reasons": .list(reasons),
            "reference": .text("\(target.token.reference)-\(target.token.ordinal)"),
        ]) { $1 }
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
}

/// The header fields of every answer of the redirector.
struct HardenedFields: Sendable {
    private let styleSource: String

    /// Allows this one style sheet, by its hash, and nothing else.
    init(style: String) {
        // CSP takes base64 with the URL alphabet too, but wants the padding (CSP 3, section 2.3.1).
        styleSource = "'sha256-\(Base64URL.encode(SHA256.digest(Array(style.utf8))).text)='"
    }

    func page(status: Int, _ body: [UInt8]?, hasForm: Bool = false) -> WebResponse {
        WebResponse(
            status: status, fields: common(hasForm: hasForm) + [WebField("Content-Type", "text/html; charset=utf-8")],
            body: body ?? [])
    }

    func text(status: Int, _ text: String) -> WebResponse {
        WebResponse(
            status: status, fields: common() + [WebField("Content-Type", "text/plain; charset=utf-8")],
            body: Array("\(text)\n".utf8))
    }

    func empty(status: Int) -> WebResponse {
        WebResponse(status: status, fields: common())
    }

    private func common(hasForm: Bool = false) -> [WebField] {
        // The form's answer is a redirect to any web site, and browsers hold `form-action` against redirects too, so
        // 'self' alone would leave the button dead.
        let formAction = hasForm ? "'self' http: https:" : "'none'"
        let policy =
            "default-src 'none'; style-src \(styleSource); form-action \(formAction); base-uri 'none'; frame-ancestors 'none'"
        return [
            WebField("Content-Security-Policy", policy), WebField("Referrer-Policy", "no-referrer"),
            WebField("X-Content-Type-Options", "nosniff"), WebField("X-Frame-Options", "DENY"),
            WebField("X-Robots-Tag", "noindex, nofollow"), WebField("Cache-Control", "no-store"),
        ]
    }
}
