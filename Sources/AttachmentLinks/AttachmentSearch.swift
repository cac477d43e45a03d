// SPDX-License-Identifier: Apache-2.0

// AttachmentLinks: where a file leads whoever opens it.
//
// A file goes in as bytes, out come links (what a viewer would open when something in it is clicked, shown, or scanned
// with a telephone) and evidence (what leads or acts without being a web link: scripts, programs to launch, shares of
// foreign hosts). Nothing in a file is changed: a link in an attachment cannot be rewritten without breaking signatures
// and trust, so it is recorded for verdict and look-back.
//
//   PDFLinks      PDF, by its objects wherever they stand   DocumentXML   members of OOXML and ODF
//   ShortcutText  .url, .desktop, .webloc                   ShellLink     .lnk
//   Links         HTML, calendars, text                     BinaryText    URLs in old Office files and other binaries
//   QRCodes       pictures
//
// Containers are not opened here: `Unpacking` lends each member of a document, and each comes here by itself, so that
// there is one account of depth and bytes. It is a module of its own and no part of `Links` because it links image and
// compression libraries, which the redirector, which imports `Links` too, must not have in its address space. Road not
// taken: a PDF engine (poppler, pdfium) and LibreOffice: far more attack surface than the search needs, and they follow
// the cross-reference table, where a viewer that repairs files would not.

import Bytes
import Links

/// A file to search, and what is known of it.
package struct SearchedFile: Sendable {
    package let content: [UInt8]
    /// As given; its ending counts where content does not tell formats apart.
    package let name: [UInt8]
    /// By content (libmagic).
    package let mediaType: String
    /// What its container says, and the charset; both for parts of messages.
    package let declaredType: String?
    package let charset: String?
    /// Where it is, for the links: `invoice.zip/letter.docx/word/_rels/document.xml.rels`.
    package let place: [UInt8]

    package init(
        _ content: [UInt8], name: [UInt8], mediaType: String, declaredType: String? = nil, charset: String? = nil,
        place: [UInt8]
    ) {
        self.content = content
        self.name = name
        self.mediaType = mediaType
        self.declaredType = declaredType
        self.charset = charset
        self.place = place
    }
}

/// Searches files for links.
package enum AttachmentSearch {
    /// Bytes of a file that are worth keeping for a search; told by its first bytes.
    ///
    /// What a program made for programs (an installer, a film) is searched at its start, a document as a whole.
    package static func wantedSize(
        of file: SearchedFile, limits: AttachmentLinkLimits = AttachmentLinkLimits()
    ) -> Int {
        wantedSize(as: FileFormat.formats(of: file, file.content), limits)
    }

    private static func wantedSize(as formats: [FileFormat], _ limits: AttachmentLinkLimits) -> Int {
        formats == [.binary] ? min(limits.binarySize, limits.contentSize) : limits.contentSize
    }

    /// What opening the file may lead to.
    ///
    /// `isCut`: there was more of it than the caller kept.
    package static func scan(
        _ file: SearchedFile, isCut: Bool = false, limits: AttachmentLinkLimits = AttachmentLinkLimits()
    ) -> AttachmentScan {
        var scan = AttachmentScan(place: file.place, limits: limits)
        var content = file.content
        if isCut { scan.note(.contentSize) }
        let formats = FileFormat.formats(of: file, content)
        let wanted = wantedSize(as: formats, limits)
        if content.count > wanted {
            if wanted == limits.contentSize { scan.note(.contentSize) }
            content.removeLast(content.count - wanted)
        }
        for format in formats { search(content, as: format, file, into: &scan) }
        return scan
    }

    private static func search(
        _ content: [UInt8], as format: FileFormat, _ file: SearchedFile, into scan: inout AttachmentScan
    ) {
        switch format {
        case .pdf: PDFLinks.search(content, into: &scan)
        case .documentXML: DocumentXML.search(content, into: &scan)
        case .shortcutText: ShortcutText.search(content, into: &scan)
        case .shellLink: ShellLink.search(content, into: &scan)
        case .image: QRCodes.search(content, into: &scan)
        case .binary: BinaryText.search(content, into: &scan)
        case .html: scan.take(parts: content, as: .html, charset: file.charset, kind: .page)
        case .calendar: scan.take(parts: content, as: .calendar, charset: file.charset, kind: .calendar)
        case .text: scan.take(parts: content, as: .plain(flow: nil), charset: file.charset, kind: .text)
        }
    }
}
