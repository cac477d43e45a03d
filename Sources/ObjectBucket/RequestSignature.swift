// SPDX-License-Identifier: Apache-2.0

// AWS Signature Version 4 as Amazon's S3 API reference describes it ("Authenticating Requests: Using the Authorization
// Header", payload in one chunk), which S3-compatible servers understand too. Of libcurl's own way to sign, versions before
// 8 differ in which header fields they count, so that it would be right with some versions only.

import Bytes
import Cryptography
import Foundation
import Web

/// Whom a bucket's server knows us as.
package struct BucketCredentials: Sendable {
    let id: String
    let secret: String

    /// Takes `ID:SECRET`; nil when it is not that.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } })
        else { return nil }
        id = String(parts[0])
        secret = String(parts[1])
    }
}

/// A request that is to be signed: no query, and a path that is encoded already.
struct RequestSignature {
    let method: String
    let path: String
    /// Names in small letters, values without space around them; all of them are signed.
    var fields: [WebField]
    let body: [UInt8]

    private static let algorithm = "AWS4-HMAC-SHA256"

    /// The fields of the request that is signed: those given, and what says who signed it, and when.
    ///
    /// `at`: seconds since 1970. Servers refuse a time that differs from theirs by more than 15 minutes.
    func signedFields(_ credentials: BucketCredentials, region: String, at time: Int64) -> [WebField] {
        let moment = Self.moment(time)
        let digest = Hex.encode(SHA256.digest(body)).text
        let signed = (fields + [WebField("x-amz-content-sha256", digest), WebField("x-amz-date", moment)])
            .sorted { $0.name < $1.name }
        let names = signed.map(\.name).joined(separator: ";")
        let canonical = ([method, path, ""] + signed.map { "\($0.name):\($0.value)" } + ["", names, digest])
            .joined(separator: "\n")
        let day = String(moment.prefix(8))
        let scope = "\(day)/\(region)/s3/aws4_request"
        let text = [Self.algorithm, moment, scope, Hex.encode(SHA256.digest(Array(canonical.utf8))).text]
            .joined(separator: "\n")
        let code = HMACSHA256.code(over: Array(text.utf8), key: Self.key(credentials.secret, day, region))
        let authorization =
            "\(Self.algorithm) Credential=\(credentials.id)/\(scope),SignedHeaders=\(names),Signature=\(Hex.encode(code).text)"
        return signed + [WebField("authorization", authorization)]
    }

    /// Each step's code is the next one's key.
    private static func key(_ secret: String, _ day: String, _ region: String) -> [UInt8] {
        [day, region, "s3", "aws4_request"].reduce(Array("AWS4\(secret)".utf8)) { key, part in
            HMACSHA256.code(over: Array(part.utf8), key: key)
        }
    }

    /// As in `20130524T000000Z`.
    private static func moment(_ time: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(time)).formatted(
            Date.ISO8601FormatStyle(
                dateSeparator: .omitted, dateTimeSeparator: .standard, timeSeparator: .omitted, timeZone: .gmt))
    }
}
