// SPDX-License-Identifier: Apache-2.0

import Bytes
import CMilter
import Glibc
import Mail
import Synchronization

/// One connection from the MTA: what hangs on libmilter's private pointer.
///
/// libmilter calls the callbacks of one connection one after the other, so the object needs no lock, although the
/// threads differ.
private final class MilterConnection {
    let filter: MilterServer.Filter
    var transaction: Transaction
    /// What the MTA said about the client; it says it again with each MAIL.
    var client = ClientFacts()
    /// Made for the first message that is judged, and again when one was left alone with a message.
    private var worker: Worker?

    init(filter: MilterServer.Filter) {
        self.filter = filter
        transaction = Transaction(limits: filter.limits, budget: filter.budget)
    }

    deinit {
        worker?.end()
    }

    /// The handler's answer, or "later" when it takes too long; the lease lives as long as the work.
    func answer(to message: ReceivedMessage, lease: MemoryLease, meanwhile: () -> Void) -> MilterAnswer {
        guard let worker = worker ?? Worker() else {
            filter.report(.noThread(message.queueID))
            return MilterAnswer(.tempfail(.systemFull))
        }
        self.worker = worker
        let deadline = Deadline()
        let answer = worker.run(
            deadline: deadline, after: filter.deadline, every: MilterServer.progressInterval, meanwhile: meanwhile
        ) { [filter] in
            withExtendedLifetime(lease) { filter.answer(message, deadline) }
        }
        if let answer { return answer }
        worker.end()
        self.worker = nil
        filter.report(.late(message.queueID, filter.deadline))
        return MilterAnswer(.tempfail(.tryAgain))
    }
}

/// The connection's object; nil only before the filter is set.
///
/// Made at the first step, because Sendmail may reuse a context (QUIT_NC) without negotiating again.
private func connection(_ context: OpaquePointer?) -> MilterConnection? {
    if let held = unsafe smfi_getpriv(context) {
        return unsafe Unmanaged<MilterConnection>.fromOpaque(held).takeUnretainedValue()
    }
    guard let filter = MilterServer.filter.withLock({ $0 }) else { return nil }
    let made = MilterConnection(filter: filter)
    unsafe smfi_setpriv(context, Unmanaged.passRetained(made).toOpaque())
    return made
}

/// Feeds one step to the transaction; no reply is sent.
private func feed(_ context: OpaquePointer?, _ step: (inout Transaction) -> Void) -> sfsistat {
    guard let connection = unsafe connection(context) else { return SMFIS_TEMPFAIL }
    step(&connection.transaction)
    return SMFIS_NOREPLY
}

/// The bytes of a C string, without copying.
private func bytes(_ text: UnsafePointer<CChar>?) -> UnsafeBufferPointer<UInt8> {
    guard let text = unsafe text else { return unsafe UnsafeBufferPointer(start: nil, count: 0) }
    let length = unsafe strlen(text)
    return unsafe UnsafeRawBufferPointer(start: text, count: length).assumingMemoryBound(to: UInt8.self)
}

private func macro(_ context: OpaquePointer?, _ name: StaticString) -> UnsafeBufferPointer<UInt8>? {
    var symbol = name.bytes.map { CChar(bitPattern: $0) } + [0]
    guard let value = unsafe smfi_getsymval(context, &symbol) else { return nil }
    let found = unsafe bytes(value)
    return unsafe found.isEmpty ? nil : found
}

func onNegotiate(
    context: OpaquePointer?, offeredActions: UInt, offeredSteps: UInt, _: UInt, _: UInt,
    actions: UnsafeMutablePointer<UInt>?, steps: UnsafeMutablePointer<UInt>?,
    reserved1: UnsafeMutablePointer<UInt>?, reserved2: UnsafeMutablePointer<UInt>?
) -> sfsistat {
    if let missing = Negotiation.missing(offeredActions: offeredActions, offeredSteps: offeredSteps) {
        MilterServer.filter.withLock { $0 }?.report(.negotiation(missing: missing))
        return SMFIS_REJECT
    }
    let choice = Negotiation.macroChoice & offeredActions
    unsafe actions?.pointee = Negotiation.actions | choice
    unsafe steps?.pointee = Negotiation.protocolSteps
    unsafe reserved1?.pointee = 0
    unsafe reserved2?.pointee = 0
    for (stage, names) in Negotiation.macros where choice != 0 {
        var list = names.bytes.map { CChar(bitPattern: $0) } + [0]
        unsafe smfi_setsymlist(context, stage, &list)
    }
    return SMFIS_CONTINUE
}

/// The arguments are the path and then the ESMTP parameters.
func onMail(context: OpaquePointer?, arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> sfsistat {
    guard let connection = unsafe connection(context) else { return SMFIS_TEMPFAIL }
    connection.client = unsafe ClientFacts(
        address: macro(context, "{client_addr}")?.text, name: macro(context, "{client_name}")?.text,
        login: macro(context, "{auth_authen}")?.text, authType: macro(context, "{auth_type}")?.text,
        daemonName: macro(context, "{daemon_name}")?.text)
    guard let arguments = unsafe arguments, let path = unsafe arguments[0] else { return SMFIS_TEMPFAIL }
    unsafe connection.transaction.mail(ReversePath(bytes(path)), declaredSize: declaredSize(arguments))
    return SMFIS_NOREPLY
}

/// The SIZE parameter of MAIL (RFC 1870), 0 without one.
private func declaredSize(_ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int {
    /// More parameters than any extension defines; the list itself ends with a null pointer.
    let parameterLimit = 32
    for index in 1..<parameterLimit {
        guard let parameter = unsafe arguments[index] else { return 0 }
        let text = unsafe bytes(parameter)
        if unsafe text.prefix(5).equalsIgnoringCase("SIZE=") { return unsafe Int(text.dropFirst(5).text) ?? 0 }
    }
    return 0
}

func onRecipient(context: OpaquePointer?, arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> sfsistat {
    guard let path = unsafe arguments?[0] else { return SMFIS_TEMPFAIL }
    return unsafe feed(context) { unsafe $0.recipient(ForwardPath(bytes(path))) }
}

func onField(
    context: OpaquePointer?, name: UnsafeMutablePointer<CChar>?, value: UnsafeMutablePointer<CChar>?
) -> sfsistat {
    unsafe feed(context) { unsafe $0.field(name: bytes(name), value: bytes(value)) }
}

func onEndOfHeader(context: OpaquePointer?) -> sfsistat {
    unsafe feed(context) { $0.endOfHeader() }
}

func onBody(context: OpaquePointer?, chunk: UnsafeMutablePointer<UInt8>?, size: Int) -> sfsistat {
    unsafe feed(context) { unsafe $0.body(UnsafeBufferPointer(start: chunk, count: size)) }
}

func onEndOfMessage(context: OpaquePointer?) -> sfsistat {
    guard let connection = unsafe connection(context) else { return SMFIS_TEMPFAIL }
    let queueID = unsafe macro(context, "i").map { unsafe QueueID($0) } ?? .none
    let lease = connection.transaction.lease
    let answer: MilterAnswer
    do {
        let message = try connection.transaction.endOfMessage(queueID: queueID, client: connection.client)
        answer = connection.answer(to: message, lease: lease) { _ = unsafe smfi_progress(context) }
    } catch {
        connection.filter.report(.transaction(queueID, error))
        answer = MilterAnswer(.tempfail(error.reply))
    }
    do {
        return try unsafe AnswerWriter(context: context).write(answer)
    } catch {
        connection.filter.report(.modification(queueID, error.what))
        return SMFIS_TEMPFAIL
    }
}

func onAbort(context: OpaquePointer?) -> sfsistat {
    unsafe connection(context)?.transaction.abort()
    return SMFIS_CONTINUE
}

func onClose(context: OpaquePointer?) -> sfsistat {
    if let held = unsafe smfi_getpriv(context) {
        unsafe Unmanaged<MilterConnection>.fromOpaque(held).release()
        unsafe smfi_setpriv(context, nil)
    }
    return SMFIS_CONTINUE
}
