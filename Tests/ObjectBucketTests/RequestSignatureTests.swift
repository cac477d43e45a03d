// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import Web

@testable import ObjectBucket

/// The examples of Amazon's S3 API reference, "Signature Calculations for the Authorization Header: Transferring Payload
/// in a Single Chunk".
@Suite struct RequestSignatureTests {
    private static let time: Int64 = 1_369_353_600

    private func signature(_ request: RequestSignature) throws -> String {
        let credentials = try #require(
            BucketCredentials("AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))
        let fields = request.signedFields(credentials, region: "us-east-1", at: Self.time)
        let authorization = try #require(fields.first { $0.name == "authorization" })
        return String(authorization.value.suffix(64))
    }

    @Test func `a GET with a range is signed as published`() throws {
        let request = RequestSignature(
            method: "GET", path: "/test.txt",
            fields: [WebField("host", "examplebucket.s3.amazonaws.com"), WebField("range", "bytes=0-9")], body: [])
        #expect(try signature(request) == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test func `a PUT with a body is signed as published`() throws {
        let request = RequestSignature(
            method: "PUT", path: "/test%24file.text",
            fields: [
                WebField("date", "Fri, 24 May 2013 00:00:00 GMT"),
                WebField("host", "examplebucket.s3.amazonaws.com"),
                WebField("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ], body: Array("Welcome to Amazon S3.".utf8))
        #expect(try signature(request) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    }

    @Test func `who signs, when and what is said in full`() throws {
        let credentials = try #require(BucketCredentials("ID:a:secret"))
        let request = RequestSignature(method: "DELETE", path: "/b/k", fields: [WebField("host", "h:9000")], body: [])
        let fields = request.signedFields(credentials, region: "eu-west-1", at: Self.time)
        #expect(fields.contains(WebField("x-amz-date", "20130524T000000Z")))
        let authorization = try #require(fields.first { $0.name == "authorization" }).value
        #expect(
            authorization.hasPrefix(
                """
                AWS4-HMAC-SHA256 Credential=ID/20130524/eu-west-1/s3/aws4_request,\
                SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=
                """))
    }

    @Test(arguments: ["", "ID", "ID:", ":secret", "I D:secret", "ID:sec\u{e9}ret"])
    func `credentials in another form are refused`(text: String) {
        #expect(BucketCredentials(text) == nil)
    }
}
