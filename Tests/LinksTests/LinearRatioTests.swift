// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Links

/// Twice the bytes take twice the time, whatever the sender makes of them.
@Suite(.serialized) struct LinearRatioTests {
    static let families: [(name: String, head: String, piece: String, tail: String)] = [
        ("deep nesting", "", "<div><b>", ""), ("foreign nesting", "", "<svg><desc><math><mtext>", ""),
        ("unclosed tags", "", "<a href=", ""), ("open quotes", "", "<a href='\"", ""), ("declarations", "", "<!", ""),
        ("ampersands", "", "<a href='&amp&NotEqualTild'>", ""), ("attributes", "<a", " a=b", ">"),
        ("link attributes", "<a", " href=http://a.example/", ">"),
        ("refreshes of one tag", "<meta http-equiv=refresh", " content='0;url=http://a.example/'", ">"),
        ("kinds of one tag", "<meta", " http-equiv=x content=y", ">"),
        ("relations of one tag", "<link", " rel=x href=http://a.example/", ">"),
        ("animations of one tag", "<svg><set", " attributename=href", ">"),
        ("comments", "", "<!----><!-- --", ""),
        ("conditional comments", "", "<!--[if mso]><a href=//a.example/>-->", ""),
        ("open conditional comments", "", "<!--[if mso]>", ""),
        ("documents in attributes", "", "<iframe srcdoc='<a href=//a.example>'>", ""),
        ("nested documents", "", "<iframe srcdoc=", ""), ("bases", "", "<base href=http://a.example/>", ""),
        ("relative links", "<base href=http://a.example/x>", "<a href=y>", ""),
        ("selects", "", "<select><option><svg><table></select>", ""),
        ("tables", "", "<table><tr><td><a href=//a.example>", ""), ("table ends", "", "<table><a href=x></td>", ""),
        ("escapes of JSON", "<script type=json>", "\"http:\\/\\/a.example\\u0022", ""),
        ("quotes of JSON", "<script type=json>", "\"http://a.example:", ""),
        ("imports", "<style>", "@import url('x", ""), ("comments of a style", "<style>", "/*/ @\\69mport", ""),
        ("scripts", "", "<script><!--<script", ""), ("visible links", "", "http://a.example/ ", ""),
    ]

    @Test(arguments: families.map(\.name)) func `twice the document takes about twice the time`(name: String) throws {
        let family = try #require(Self.families.first { $0.name == name })
        // Other work on the machine makes a ratio worse, never better: the least of a few tries.
        var ratios: [Double] = []
        for _ in 0..<5 where (ratios.min() ?? 9) > 2.3 {
            let once = Self.time(family, 100_000)
            ratios.append(Self.time(family, 200_000) / once)
        }
        #expect((ratios.min() ?? 9) <= 2.3, "\(name): \(ratios)")
    }

    private static func time(
        _ family: (name: String, head: String, piece: String, tail: String), _ size: Int
    ) -> Double {
        let piece = Array(family.piece.utf8)
        let flood = Array(repeatElement(piece, count: size / piece.count).joined())
        let document = Array(family.head.utf8) + flood + Array(family.tail.utf8)
        var limits = LinkLimits()
        limits.stripsRemoteStyle = true
        limits.links = 1_000_000
        limits.attributesPerTag = 1_000_000
        return (0..<3).map { _ in
            let start = cpuTime()
            _ = HTMLLinks.candidates(in: document, limits: limits)
            return cpuTime() - start
        }.min() ?? 0
    }

    /// Of this thread alone, in seconds.
    private static func cpuTime() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
