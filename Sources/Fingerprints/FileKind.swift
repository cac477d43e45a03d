// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What a file is good for: coarse enough that three sources (content, declared type, name) can be compared.
package enum FileKind: String, Hashable, Sendable, CaseIterable {
    case image, audio, video, font
    case text
    /// HTML, SVG and their kin: what a browser runs.
    case page
    case pdf
    /// Word processing, sheets and slides.
    case office
    /// Of Windows, Unix or macOS; installers too.
    case program
    /// Run by an interpreter: shell, PowerShell, VBScript, JavaScript files, batch files.
    case script
    /// Leads elsewhere when it is opened: `.lnk`, `.url`, `.desktop`, search and remote desktop files.
    case shortcut
    case archive
    /// Mounted like a disk when it is opened.
    case diskImage = "disk image"
    case message
    case calendar
    case card
    /// Certificates, signatures, encrypted data.
    case security
    /// A data base, OneNote sections and other containers that run what is in them.
    case container
    /// Anything else that is known to be data.
    case data

    /// Does something when it is opened.
    package var isActive: Bool {
        switch self {
        case .program, .script, .shortcut, .page, .diskImage, .container: true
        default: false
        }
    }
}

/// By the ending of the name.
extension FileKind {
    /// Nil for an ending that says nothing.
    package init?(ending: String) {
        guard let kind = Self.byEnding[ending] else { return nil }
        self = kind
    }

    private static let byEnding: [String: FileKind] = table([
        (.image, "png jpg jpeg jpe jfif gif bmp dib tif tiff webp heic heif avif ico cur psd eps wmf emf jxl"),
        (.audio, "mp3 wav ogg oga flac m4a aac wma mid midi opus amr"),
        (.video, "mp4 m4v mov avi mkv webm wmv mpg mpeg 3gp flv"),
        (.font, "ttf otf woff woff2 eot"),
        (.text, "txt text csv tsv log md json xml yaml yml ini conf diff patch asc rst tex c h swift"),
        (.page, "html htm xhtml xht shtml mht mhtml svg svgz xsl xslt"),
        (.pdf, "pdf fdf"),
        (
            .office,
            "doc docx docm dot dotx dotm xls xlsx xlsm xlsb xlt xltx xltm xlam ppt pptx pptm pps ppsx ppsm pot potx potm odt ods odp odg ott ots otp rtf pages numbers key vsd vsdx pub mpp slk"
        ),
        (
            .program,
            "exe com scr pif cpl dll sys drv ocx msi msp mst msix appx msixbundle appxbundle elf so bin run app pkg deb rpm apk jar xpi crx class wasm gadget"
        ),
        (
            .script,
            "js jse vbs vbe ws wsf wsh wsc ps1 ps1xml ps2 psc1 psm1 psd1 bat cmd sh bash zsh csh ksh command py pyw pl rb php lua tcl hta sct inf reg msh scf au3 ahk applescript scpt xll"
        ),
        (
            .shortcut,
            "lnk url desktop webloc website rdp ica jnlp search-ms searchconnector-ms library-ms settingcontent-ms appref-ms theme themepack contact"
        ),
        (
            .archive,
            "zip zipx rar r00 7z gz tgz bz2 tbz tbz2 xz txz lzma zst tzst lz4 z tar cab cpio ar arj ace lha lzh alz egg xar uue"
        ),
        (.diskImage, "iso img vhd vhdx vmdk dmg udf wim"),
        (.message, "eml msg mbox tnef"),
        (.calendar, "ics ical ifb vcs"),
        (.card, "vcf vcard"),
        (.security, "p7m p7s p7c p7b p12 pfx cer crt pem der sig pgp gpg"),
        (.container, "one onetoc2 onepkg chm hlp mdb accdb accde mde ade adp mam mat"),
        (.data, "db sqlite sqlite3 parquet"),
    ])

    private static func table(_ rows: [(FileKind, String)]) -> [String: FileKind] {
        var table: [String: FileKind] = [:]
        for (kind, endings) in rows {
            for ending in endings.split(separator: " ") { table[String(ending)] = kind }
        }
        return table
    }
}

/// By media type.
extension FileKind {
    /// Nil for a type that says nothing, `application/octet-stream` above all.
    package init?(mediaType: String) {
        let type = Array(mediaType.utf8).lowercased.text
        guard let kind = Self.byType[type] ?? Self.byTopLevel(of: type) else {
            return nil
        }
        self = kind
    }

    private static func byTopLevel(of type: String) -> FileKind? {
        for (start, kind) in starts where type.hasPrefix(start) { return kind }
        return nil
    }

    private static let starts: [(String, FileKind)] = [
        ("image/", .image), ("audio/", .audio), ("video/", .video), ("font/", .font), ("text/", .text),
        ("message/", .message), ("application/vnd.openxmlformats-officedocument.", .office),
        ("application/vnd.oasis.opendocument.", .office), ("application/vnd.ms-word", .office),
        ("application/vnd.ms-excel", .office), ("application/vnd.ms-powerpoint", .office),
        ("application/pkcs", .security), ("application/x-pkcs", .security), ("application/pgp-", .security),
    ]

    private static let byType: [String: FileKind] = table([
        (.page, "text/html application/xhtml+xml image/svg+xml application/x-mimearchive multipart/related"),
        (.pdf, "application/pdf application/x-pdf application/acrobat"),
        (
            .office,
            "application/msword application/rtf text/rtf application/cdfv2 application/x-ole-storage application/excel application/mspowerpoint application/vnd.visio application/vnd.ms-office"
        ),
        (
            .program,
            "application/x-dosexec application/vnd.microsoft.portable-executable application/x-msdownload application/x-executable application/x-pie-executable application/x-sharedlib application/x-object application/x-mach-binary application/x-msi application/x-elf application/x-java-applet application/vnd.debian.binary-package application/x-rpm application/wasm"
        ),
        (
            .script,
            "text/x-shellscript text/x-msdos-batch text/x-powershell application/javascript text/javascript application/x-javascript text/vbscript text/x-perl text/x-python text/x-script.python text/x-ruby text/x-php text/x-lua application/hta application/x-sh application/x-bat"
        ),
        (.shortcut, "application/x-ms-shortcut application/x-mswinurl application/x-desktop"),
        (
            .archive,
            "application/zip application/java-archive application/vnd.android.package-archive application/x-zip application/x-zip-compressed application/gzip application/x-gzip application/x-bzip2 application/x-xz application/x-lzma application/zstd application/x-lz4 application/x-compress application/x-tar application/x-7z-compressed application/x-rar application/vnd.rar application/x-rar-compressed application/vnd.ms-cab-compressed application/x-cpio application/x-archive application/x-arj application/x-lzh-compressed application/x-lha application/x-ace application/x-xar"
        ),
        (
            .diskImage,
            "application/x-iso9660-image application/x-qemu-disk application/x-virtualbox-vhd application/x-virtualbox-vhdx application/x-virtualbox-vmdk application/x-apple-diskimage application/x-ms-wim"
        ),
        (.message, "application/vnd.ms-outlook application/ms-tnef application/vnd.ms-tnef application/mbox"),
        (.calendar, "text/calendar"),
        (.card, "text/vcard text/x-vcard text/directory"),
        (.container, "application/onenote application/msonenote application/vnd.ms-htmlhelp application/x-msaccess"),
        (.font, "application/vnd.ms-fontobject application/font-sfnt application/x-font-ttf"),
        (.data, "application/vnd.sqlite3 application/x-sqlite3"),
        (.text, "application/json application/xml application/csv application/x-ndjson application/yaml"),
    ])
}
