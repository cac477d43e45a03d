// SPDX-License-Identifier: Apache-2.0

/// A bucket of an S3-compatible server, where objects are kept instead of in a folder.
package struct BucketSettings: Hashable, SettingsSection {
    /// `http://host:port` or `https://host:port`; nil: objects are kept in the folder.
    package let endpoint: String?
    package let region: String
    package let bucket: String
    package let prefix: String
    /// Read it with `SecretFile.read`.
    package let credentialFile: String
    /// For one object, up or down.
    package let timeout: Duration

    static let name = "s3"
    static var options: [any DeclaredOption] {
        [endpointOption, regionOption, bucketOption, prefixOption, credentialOption, timeoutOption]
    }
    private static let endpointOption = Option("endpoint", default: "none", endpointKind)
    private static let regionOption = Option("region", default: "us-east-1", path(upTo: 64, "a region's name", "-"))
    private static let bucketOption = Option(
        "bucket", default: "rearguard-objects", path(upTo: 63, "a bucket's name", "-.", atLeast: 3))
    private static let prefixOption = Option(
        "prefix", default: "objects/", path(upTo: 200, "what stands before each object's name", "-._/"))
    private static let credentialOption = Option(
        "credential_file", default: "/etc/rearguard/s3-credentials", ValueKind<String>.absolutePath)
    private static let timeoutOption = Option(
        "timeout", default: "60 s", ValueKind<Duration>.duration(.seconds(1)...(.seconds(3_600))))

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        endpoint = try section.value(Self.endpointOption)
        region = try section.value(Self.regionOption)
        bucket = try section.value(Self.bucketOption)
        prefix = try section.value(Self.prefixOption)
        credentialFile = try section.value(Self.credentialOption)
        timeout = try section.value(Self.timeoutOption)
    }

    private static let endpointKind = ValueKind<String?>(
        "'https://host' or 'http://host:port' without a path, or none", print: { $0 ?? "none" }
    ) { text in
        if text == "none" { return .some(nil) }
        // Spelt out: a bare `nil` here would be the value of `none`.
        guard let url = ValueKind<String>.httpURL(text), url.split(separator: "/").count == 2 else { return .none }
        return .some(url)
    }

    /// Small letters, digits and these signs, none of which needs an encoding in a request's path; no `.` or `..` between
    /// slashes, which a server may take for folders.
    private static func path(
        upTo limit: Int, _ what: String, _ signs: String, atLeast least: Int = 1
    ) -> ValueKind<String> {
        ValueKind<String>(
            "\(what): \(least) to \(limit) small letters, digits and '\(signs)'", print: { $0 }
        ) { text in
            let isClean = text.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || signs.utf8.contains($0) }
            let isPlain = text.split(separator: "/").allSatisfy { $0 != "." && $0 != ".." }
            return isClean && isPlain && !text.hasPrefix("/") && (least...limit).contains(text.utf8.count) ? text : nil
        }
    }
}
