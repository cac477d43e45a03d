// SPDX-License-Identifier: Apache-2.0

// What the HTML Standard says of single elements, as far as it changes where links are.
extension HTMLElement {
    /// The content model that the element's start tag brings in HTML, scripting being off.
    ///
    /// `<noscript>` is therefore an ordinary element, and `<plaintext>` has no end.
    var contentModel: HTMLTokenizer.ContentModel {
        switch self {
        case .style, .xmp, .iframe, .noembed, .noframes: .rawText
        case .title, .textarea: .rcdata
        case .script: .scriptData
        case .plaintext: .plainText
        default: .data
        }
    }

    /// Has no content and no end tag (section 13.1.2).
    var isVoid: Bool {
        switch self {
        case .area, .base, .basefont, .bgsound, .br, .col, .embed, .frame, .hr, .image, .img, .input, .keygen, .link,
            .meta, .param, .source, .track, .wbr:
            true
        default: false
        }
    }

    /// What a document of frames may hold (section 13.2.6.4.20).
    var isOfFramesets: Bool { self == .frame || self == .frameset || self == .noframes }

    /// Ends SVG and MathML where it begins within them (section 13.2.6.5).
    var breaksOut: Bool {
        switch self {
        case .b, .big, .blockquote, .body, .br, .center, .code, .dd, .div, .dl, .dt, .em, .embed, .h1, .h2, .h3, .h4,
            .h5, .h6, .head, .hr, .i, .img, .li, .listing, .menu, .meta, .nobr, .ol, .p, .pre, .ruby, .s, .small,
            .span, .strong, .strike, .sub, .sup, .table, .tt, .u, .ul, .var:
            true
        default: false
        }
    }

    /// Ends an open paragraph where it begins.
    var closesParagraph: Bool {
        switch self {
        case .blockquote, .center, .dd, .div, .dl, .dt, .form, .h1, .h2, .h3, .h4, .h5, .h6, .hr, .li, .listing,
            .menu, .ol, .p, .plaintext, .pre, .table, .ul, .xmp:
            true
        default: false
        }
    }

    /// Would be another thing in HTML than it is in SVG or MathML, so that who does not know those reads on otherwise.
    var differsInHTML: Bool {
        switch self {
        case .link, .meta, .base, .area, .select, .frameset: true
        default: contentModel != .data
        }
    }

    /// Begins or ends something that no link reaches into or out of: table cells and what else sets a marker in the
    /// list of active formatting elements (section 13.2.4.3).
    var boundsFormatting: Bool {
        switch self {
        case .td, .th, .caption, .tr, .table, .object, .marquee, .applet, .template: true
        default: false
        }
    }
}
