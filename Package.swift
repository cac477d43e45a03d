// swift-tools-version: 6.2
// The module map of Sources/README.md, as targets. integration/check-layers compares the two with the real imports.
import PackageDescription

/// Every target is built alike: warnings are errors, and every use of a C pointer has to say `unsafe`.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], links libraries: [String] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, swiftSettings: settings,
        linkerSettings: libraries.map { .linkedLibrary($0) })
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// `data`: the folders and files beside the tests that they read by path.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], data: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies, exclude: data,
        swiftSettings: settings)
}

func system(_ name: String, _ pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

let package = Package(
    name: "rearguard",
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache.git", from: "2.1.1"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
    ],
    targets: [
        // Layer 0: system libraries, no logic; and the byte operations all parsers share.
        system("CMilter", "milter", apt: "libmilter-dev"),
        system("COpenSSL", "libcrypto", apt: "libssl-dev"),
        system("CCurl", "libcurl", apt: "libcurl4-openssl-dev"),
        system("CPSL", "libpsl", apt: "libpsl-dev"),
        system("CArchive", "libarchive", apt: "libarchive-dev"),
        // Not by pkg-config: libgd's names a flag that SwiftPM warns of.
        .systemLibrary(name: "CGD", providers: [.apt(["libgd-dev"])]),
        system("CMagic", "libmagic", apt: "libmagic-dev"),
        system("CYara", "yara", apt: "libyara-dev"),
        system("CZstd", "libzstd", apt: "libzstd-dev"),
        system("CZBar", "zbar", apt: "libzbar-dev"),
        system("CZlib", "zlib", apt: "zlib1g-dev"),
        module("Bytes"),

        // Layer 1
        module("Mail", ["Bytes"]),
        module("URLSyntax", ["Bytes", "CPSL"], links: ["_FoundationICU"]),
        module("Cryptography", ["Bytes", "COpenSSL"]),
        module("YAML", [yams]),
        module("RuleText", ["Bytes"]),
        module("PDF", ["Bytes", "CZlib"]),

        // Layer 2
        module("MIME", ["Bytes", "Mail"]),
        module("Links", ["Bytes", "URLSyntax"]),
        module("LinkTokens", ["Bytes", "Mail", "URLSyntax", "Cryptography"]),
        module("Fingerprints", ["Bytes", "Cryptography", "CMagic"]),
        module("Unpacking", ["Bytes", "CArchive", "Cryptography", "MIME", "PDF"]),
        module("Objects", ["Bytes", "CArchive", "Cryptography", "CZstd"]),
        module("AttachmentLinks", ["Bytes", "URLSyntax", "Links", "PDF", "CGD", "CZBar"]),
        module("Sealing", ["Bytes", "Mail", "Cryptography"]),
        module("Records", ["Bytes", "Mail"]),
        module("ObjectIndex", ["Bytes", "Cryptography", "RuleText"]),

        // Layer 3
        module("Signatures", ["CYara", "Cryptography", "ObjectIndex", "RuleText"]),
        module("Verdicts", ["Bytes", "URLSyntax"]),
        module("Scanners", ["Bytes", "Cryptography", "Signatures", "Verdicts"]),
        module("Playbooks", ["YAML", yams]),
        module(
            "Inspection",
            [
                "AttachmentLinks", "Bytes", "Mail", "MIME", "URLSyntax", "Links", "LinkTokens", "Fingerprints",
                "Records", "Unpacking", "Verdicts",
            ]),

        // Layer 4
        module("Settings", ["Mail", "YAML", yams]),
        module("Telemetry", ["Mail", logging]),
        module("Journal", ["Bytes"]),
        module("Web", ["Bytes", "CCurl", logging, lifecycle, hummingbird, hummingbirdTLS, mustache]),
        module("Store", ["Bytes", "Mail", "URLSyntax", "Cryptography", "Records", "Verdicts", "Playbooks"]),

        // Layer 5
        module("SQLiteDatabase", ["Store", grdb]),
        module("Milter", ["Bytes", "CMilter", "Mail"]),
        module(
            "Redirector",
            [
                "Bytes", "Cryptography", "Mail", "URLSyntax", "Links", "LinkTokens", "Records", "Verdicts", "Journal",
                "Web",
            ]),
        module("Feeds", ["Bytes", "CArchive", "Cryptography", "URLSyntax", "Verdicts", "Store", "Web"]),
        module(
            "Rescans",
            ["Bytes", "Cryptography", "ObjectIndex", "RuleText", "Scanners", "Signatures", "Verdicts", "Store"]),
        module("ObjectBucket", ["Bytes", "Cryptography", "Objects", "Web"]),
        module("Quarantine", ["Bytes", "Mail", "CCurl"]),
        module("Investigations", ["Playbooks", "Verdicts", "Store"]),
        module("Reports", ["Bytes", "LinkTokens", "Mail", "MIME"]),
        module("Submission", ["CCurl"]),

        module(
            "MessagePath",
            ["Bytes", "Mail", "MIME", "Links", "LinkTokens", "Verdicts", "Inspection", "Settings"]),

        // Layer 6
        module("Console", ["Bytes", "Feeds", "Playbooks", "URLSyntax", "Verdicts", "Store", "Investigations", "Web"]),

        // Layer 7: composition roots
        program(
            "rearguard-milter",
            [
                "Bytes", "Cryptography", "Fingerprints", "Mail", "MessagePath", "Milter", "Inspection", "Journal",
                "LinkTokens",
                "Objects", "Records", "Scanners", "Sealing", "Settings", "Telemetry", "Verdicts", arguments, logging,
            ]),
        program(
            "rearguard-click",
            [
                "Journal", "LinkTokens", "Mail", "Records", "Redirector", "Settings", "Telemetry", "Verdicts", "Web",
                arguments, logging, lifecycle, signals,
            ]),
        program(
            "rearguardd",
            [
                "Bytes", "Console", "Feeds", "Fingerprints", "Investigations", "Journal", "Links", "Mail",
                "ObjectBucket", "ObjectIndex", "Objects", "Playbooks", "Quarantine", "Redirector", "Rescans",
                "Settings", "SQLiteDatabase", "Store", "Submission", "Telemetry", "Verdicts", "Web", arguments, logging,
                lifecycle, signals,
            ]),
        program(
            "rearguard",
            [
                "Bytes", "Console", "Cryptography", "Feeds", "Inspection", "Investigations", "LinkTokens", "Links",
                "Mail", "MessagePath", "Objects", "Playbooks", "Records", "Reports", "Settings", "Store", "URLSyntax",
                "Verdicts", "Web",
                arguments,
            ]),

        // What several tests are made with.
        .target(name: "TestTools", path: "Tests/TestTools", swiftSettings: settings),

        tests("Bytes"),
        tests("Mail"),
        tests("URLSyntax", ["Bytes"], data: ["idna-exceptions.txt", "safebrowsing-exceptions.txt"]),
        tests("Cryptography", ["Bytes"], data: ["Vectors"]),
        tests("MIME", ["Bytes", "Mail"]),
        tests("Links", ["Bytes", "URLSyntax"], data: ["Cases"]),
        tests("LinkTokens", ["Bytes", "Mail", "URLSyntax"], data: ["KeyFiles"]),
        tests("Fingerprints", ["Bytes"]),
        tests("RuleText", ["Bytes"]),
        tests("ObjectIndex", ["Bytes", "Cryptography", "RuleText", "TestTools"]),
        tests("Signatures", ["Bytes", "Cryptography", "ObjectIndex", "RuleText", "TestTools"]),
        tests("Objects", ["Cryptography"]),
        tests("ObjectBucket", ["Cryptography", "Objects", "Web", logging, lifecycle]),
        tests("Sealing", ["Bytes", "Mail", "Cryptography", yams], data: ["arc-suite-exceptions.txt"]),
        tests("Unpacking", ["Bytes", "TestTools"], data: ["Cases", "bombs.py", "pdf.py", "tnef.py"]),
        tests("AttachmentLinks", ["Bytes", "TestTools"]),
        tests("Records", ["Mail"]),
        tests("Verdicts", ["URLSyntax"]),
        tests("Scanners", ["Verdicts"]),
        tests("Playbooks", data: ["bad"]),
        tests(
            "Inspection",
            [
                "Bytes", "LinkTokens", "Links", "MIME", "Mail", "MessagePath", "Records", "Settings", "URLSyntax",
                "Verdicts",
            ], data: ["cases"]),
        tests("Settings", ["Mail"], data: ["bad"]),
        tests("Telemetry", ["Mail"]),
        tests("Journal"),
        tests("Web", ["Bytes"], data: ["bad-templates"]),
        tests("Store", ["Mail", "Playbooks", "Records", "SQLiteDatabase", "Verdicts"], data: ["cases"]),
        tests("SQLiteDatabase", ["Store"]),
        tests("Milter", ["Mail"]),
        tests(
            "Redirector",
            ["Bytes", "Cryptography", "Journal", "LinkTokens", "Mail", "Records", "URLSyntax", "Verdicts", "Web"]),
        tests("Feeds", ["Mail", "Records", "SQLiteDatabase", "Store", "Verdicts", "Web", logging, lifecycle]),
        tests(
            "Rescans",
            [
                "Bytes", "Cryptography", "Mail", "ObjectIndex", "Playbooks", "Records", "RuleText", "SQLiteDatabase",
                "Store",
                "Verdicts",
            ]),
        tests("Quarantine", ["Bytes"], data: ["replies"]),
        tests(
            "Investigations", ["Mail", "Playbooks", "Records", "SQLiteDatabase", "Store", "Verdicts"], data: ["reports"]
        ),
        tests("Submission"),
        tests("Reports", ["LinkTokens", "Mail", "URLSyntax"], data: ["messages"]),
        tests(
            "Console",
            [
                "Feeds", "Investigations", "Mail", "Playbooks", "Records", "SQLiteDatabase", "Store", "Verdicts", "Web",
                logging, lifecycle,
            ]),
        tests(
            "rearguardd",
            [
                "Console", "Cryptography", "Feeds", "Journal", "Mail", "Objects", "Records", "SQLiteDatabase",
                "Settings",
                "Store", "Telemetry", "URLSyntax", "Verdicts", logging,
            ]),
        tests("rearguard", ["Feeds", "Verdicts"]),
    ]
)

// Fuzz targets: without a `main` of their own they break an ordinary build, so they are there only when asked for
// (`REARGUARD_FUZZ=1 swift build -c release --sanitize fuzzer --product fuzz-html`; run with `SWIFT_BACKTRACE=enable=no`, or a
// trap hangs). The option, not a setting here: it instruments every module, and leaves `main` to libFuzzer.
// Each is a folder of integration/fuzz with its seeds beside it. See integration/fuzz/README.md.
if Context.environment["REARGUARD_FUZZ"] == "1" {
    package.targets += [
        fuzz("html", ["Bytes", "Links", "URLSyntax"]),
        fuzz("url", ["Bytes", "Links", "URLSyntax"]),
        fuzz("token", ["Bytes", "LinkTokens", "Mail", "URLSyntax"]),
        fuzz("mime", ["Bytes", "MIME"]),
        fuzz("codec", ["Bytes", "MIME"]),
        fuzz("rules", ["Bytes", "RuleText"]),
        fuzz("unpacking", ["Bytes", "Unpacking"]),
        fuzz("attachment", ["AttachmentLinks", "Bytes", "URLSyntax"]),
    ]
}

// Benchmarks, likewise (`REARGUARD_BENCH=1 swift run -c release bench-links`).
if Context.environment["REARGUARD_BENCH"] == "1" {
    package.targets += [
        bench("links", ["Bytes", "Links", "URLSyntax"]),
        bench(
            "rewrite", ["Bytes", "Inspection", "LinkTokens", "Mail", "MessagePath", "Records", "Settings"],
            scripts: ["run", "peer.py"]),
        bench(
            "click-path",
            ["Bytes", "Journal", "LinkTokens", "Mail", "Redirector", "URLSyntax", "Verdicts", "Web"]),
        bench("url", ["Bytes", "URLSyntax"]),
        bench("hunt", ["Bytes", "Cryptography", "ObjectIndex", "RuleText", "Signatures"]),
        bench(
            "rescan",
            ["Bytes", "Cryptography", "ObjectIndex", "Objects", "Rescans", "SQLiteDatabase", "Store"], scripts: ["run"]),
        bench("similar", ["Bytes", "ObjectIndex"]),
        bench("index", ["URLSyntax", "Verdicts"], scripts: ["run"]),
        bench(
            "lookback", ["Mail", "Records", "Rescans", "SQLiteDatabase", "Store", "URLSyntax", "Verdicts"],
            scripts: ["run"]),
        bench("hash-join", ["Mail", "Records", "SQLiteDatabase", "Store"], scripts: ["run"]),
        bench("digests", ["Fingerprints"], scripts: ["run", "peer.py"]),
        bench("unpacking", ["Bytes", "Fingerprints", "Unpacking"], scripts: ["run"]),
    ]
}

func fuzz(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: "fuzz-\(name)", dependencies: dependencies, path: "integration/fuzz/\(name)", exclude: ["seeds"],
        swiftSettings: settings)
}

/// `scripts`: what lies beside the source and is none.
func bench(_ name: String, _ dependencies: [Target.Dependency], scripts: [String] = []) -> Target {
    .executableTarget(
        name: "bench-\(name)", dependencies: dependencies, path: "integration/bench/\(name)", exclude: scripts,
        swiftSettings: settings)
}
