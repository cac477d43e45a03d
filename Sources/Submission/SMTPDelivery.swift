// SPDX-License-Identifier: Apache-2.0

import CCurl

/// One mail over one connection to an MTA, by libcurl; blocks.
struct SMTPDelivery {
    let url: String

    /// Why it failed; nil: the MTA has it.
    func send(_ mail: OutgoingMail) -> SubmissionError? {
        guard let curl = unsafe curl_easy_init() else { return SubmissionError("libcurl does not start") }
        defer { unsafe curl_easy_cleanup(curl) }
        let recipients = unsafe curl_slist_append(nil, mail.recipient)
        defer { unsafe curl_slist_free_all(recipients) }
        let rest = Rest(mail.bytes)
        // No MAIL_FROM: libcurl then sends the null sender.
        unsafe set(curl, CURLOPT_URL, url)
        unsafe set(curl, CURLOPT_PROXY, "")
        unsafe set(curl, CURLOPT_PROTOCOLS_STR, "smtp")
        unsafe set(curl, CURLOPT_NOSIGNAL, 1)
        unsafe set(curl, CURLOPT_TIMEOUT, Submission.timeLimit)
        unsafe set(curl, CURLOPT_UPLOAD, 1)
        _ = unsafe rearguard_curl_set_pointer(curl, CURLOPT_MAIL_RCPT, recipients)
        _ = unsafe rearguard_curl_set_pointer(curl, CURLOPT_READDATA, Unmanaged.passUnretained(rest).toOpaque())
        _ = unsafe rearguard_curl_set_callback(curl, CURLOPT_READFUNCTION) { buffer, size, count, data in
            guard let buffer = unsafe buffer, let data = unsafe data else { return 0 }
            let rest = unsafe Unmanaged<Rest>.fromOpaque(data).takeUnretainedValue()
            let chunk = rest.take(size * count)
            for (index, byte) in chunk.enumerated() { unsafe buffer[index] = CChar(bitPattern: byte) }
            return chunk.count
        }
        let code = withExtendedLifetime(rest) { unsafe curl_easy_perform(curl) }
        guard code != CURLE_OK else { return nil }
        var reply = 0
        _ = unsafe rearguard_curl_get_long(curl, CURLINFO_RESPONSE_CODE, &reply)
        let reason = unsafe String(cString: curl_easy_strerror(code))
        return SubmissionError("\(url): \(reason)\(reply > 0 ? ", the server answered \(reply)" : "")")
    }

    private func set(_ curl: UnsafeMutableRawPointer, _ option: CURLoption, _ value: Int) {
        _ = unsafe rearguard_curl_set_long(curl, option, value)
    }

    private func set(_ curl: UnsafeMutableRawPointer, _ option: CURLoption, _ value: String) {
        _ = unsafe rearguard_curl_set_text(curl, option, value)
    }

    /// What is still to be sent.
    private final class Rest {
        private var bytes: ArraySlice<UInt8>

        init(_ bytes: [UInt8]) {
            self.bytes = bytes[...]
        }

        func take(_ count: Int) -> ArraySlice<UInt8> {
            let chunk = bytes.prefix(count)
            bytes = bytes.dropFirst(count)
            return chunk
        }
    }
}
