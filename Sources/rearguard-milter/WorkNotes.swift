// SPDX-License-Identifier: Apache-2.0

// What the process was doing when it ended.
//
// No input may end this process; should one do it all the same, systemd starts it again, the MTA has tempfailed the
// message, and the sender comes again with it: without a memory the process would end again, for days. So each worker
// writes down the fingerprint of its message in a mapped file before it reads it, and takes the note away after it. The
// kernel keeps what was written there whatever the process dies of; nothing is ever synced, because a note is of no use
// after a power failure.
//
// Many workers may be at work when one traps. A handler for the signals of a trap runs on the thread that trapped, finds
// that thread's note and marks it: so exactly the guilty message is known, and those beside it are inspected as ever when
// they come again. What is left without a mark (kill -9, the kernel's out-of-memory killer) counts as guilty only when the
// same message was left three times. A message that is still worked on when its deadline is over counts as guilty at
// once: a loop that does not end is as bad as a trap.
//
// Road not taken: a supervising parent process that restarts the milter (systemd does, RestartSec=100ms, and `kill -9` of
// the unit's main process still ends everything at once); parsing in child processes (a copy of each message and two
// switches of process, for a thing that must not happen).

import Bytes
import Glibc
import Synchronization

/// The notes of all workers, and the fingerprints of messages that ended the process before.
final class WorkNotes: Sendable {
    /// Bytes: state (1), thread (8, from 8), fingerprint (32, from 16), second of the begin (8, from 48).
    fileprivate static let noteSize = 64
    /// Messages that are noted at a time; a worker beyond it works without a note.
    fileprivate static let noteCount = 1_024

    fileprivate enum State {
        static let free: UInt8 = 0
        static let working: UInt8 = 1
        static let trapped: UInt8 = 2
    }

    private let crashes: Mutex<KnownCrashes>
    private let free: Mutex<[Int]>

    /// Takes over what the process before left in the directory, and is on the watch for traps from now on.
    ///
    /// One in a process: the handler of a signal finds its way by a global variable only.
    init(directory: String) throws(SystemError) {
        let path = directory + "/in-work"
        unsafe notes = try Self.map(path)
        var known = KnownCrashes(path: directory + "/crashed")
        for index in 0..<Self.noteCount {
            let note = unsafe Note(index)
            switch unsafe note.state {
            case State.trapped: known.add(unsafe note.fingerprint, trapped: true)
            case State.working: known.add(unsafe note.fingerprint, trapped: false)
            default: continue
            }
            unsafe note.state = State.free
        }
        known.save()
        crashes = Mutex(known)
        free = Mutex(Array((0..<Self.noteCount).reversed()))
        TrapHandler.install()
    }

    /// How many messages are known to have ended the process.
    var knownCount: Int { crashes.withLock { $0.guiltyCount } }

    /// Whether a message with that fingerprint ended the process before.
    func isKnown(_ fingerprint: [UInt8]) -> Bool {
        crashes.withLock { $0.isGuilty(fingerprint) }
    }

    /// Does the work with a note of it.
    func during<Value>(_ fingerprint: [UInt8], _ work: () -> Value) -> Value {
        guard let index = free.withLock({ $0.popLast() }) else { return work() }
        let note = unsafe Note(index)
        unsafe note.begin(fingerprint)
        defer {
            unsafe note.state = State.free
            free.withLock { $0.append(index) }
        }
        return work()
    }

    /// Marks the messages that have been worked on for longer than that; gives how many there are.
    func markOverdue(_ limit: Duration) -> Int {
        let end = unsafe Note.now - Int(limit.components.seconds)
        var found = 0
        for index in 0..<Self.noteCount {
            let note = unsafe Note(index)
            guard unsafe note.state == State.working, unsafe note.begin <= end else { continue }
            let fingerprint = unsafe note.fingerprint
            found += 1
            crashes.withLock {
                $0.add(fingerprint, trapped: true)
                $0.save()
            }
        }
        return found
    }

    /// The mapped file, made when it does not exist; its blocks are taken now, so that no full disk ends us later.
    private static func map(_ path: String) throws(SystemError) -> UnsafeMutableRawPointer {
        let size = noteCount * noteSize
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw SystemError(call: "open", path: path, code: errno) }
        defer { close(file) }
        let result = posix_fallocate(file, 0, off_t(size))
        guard result == 0 else { throw SystemError(call: "posix_fallocate", path: path, code: result) }
        let memory = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
            throw SystemError(call: "mmap", path: path, code: errno)
        }
        return unsafe memory
    }
}

/// A system call that failed.
struct SystemError: Error, CustomStringConvertible {
    let call: String
    let path: String
    let code: Int32

    var description: String { unsafe "\(call) of \(path): \(String(cString: strerror(code)))" }
}

// MARK: - One note

/// The mapped file; nil before the only `WorkNotes` is made, never changed after it.
nonisolated(unsafe) private var notes: UnsafeMutableRawPointer?

/// One place in the mapped file.
@unsafe private struct Note {
    private let place: UnsafeMutableRawPointer

    init(_ index: Int) {
        guard let notes = unsafe notes else { preconditionFailure("notes are used before they are mapped") }
        unsafe place = notes + index * WorkNotes.noteSize
    }

    var state: UInt8 {
        get { unsafe place.load(as: UInt8.self) }
        nonmutating set { unsafe place.storeBytes(of: newValue, as: UInt8.self) }
    }

    var thread: UInt { unsafe place.load(fromByteOffset: 8, as: UInt.self) }

    var begin: Int { unsafe place.load(fromByteOffset: 48, as: Int.self) }

    var fingerprint: [UInt8] {
        (16..<48).map { unsafe place.load(fromByteOffset: $0, as: UInt8.self) }
    }

    /// The state last: a note that is half written does not count.
    func begin(_ fingerprint: [UInt8]) {
        for (index, byte) in fingerprint.prefix(32).enumerated() {
            unsafe place.storeBytes(of: byte, toByteOffset: 16 + index, as: UInt8.self)
        }
        unsafe place.storeBytes(of: Self.now, toByteOffset: 48, as: Int.self)
        unsafe place.storeBytes(of: UInt(pthread_self()), toByteOffset: 8, as: UInt.self)
        unsafe state = WorkNotes.State.working
    }

    /// Seconds of a clock that never goes back.
    static var now: Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }
}

// MARK: - Traps

/// Marks the note of the thread that trapped; then the signal does what it does without us.
private enum TrapHandler {
    private static let signals = [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT]

    static func install() {
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = { _ in
            // Only loads and stores here: the thread may have trapped with any lock held.
            guard let notes = unsafe notes else { return }
            let thread = UInt(pthread_self())
            for index in 0..<WorkNotes.noteCount {
                let place = unsafe notes + index * WorkNotes.noteSize
                guard unsafe place.load(as: UInt8.self) == WorkNotes.State.working,
                    unsafe place.load(fromByteOffset: 8, as: UInt.self) == thread
                else { continue }
                unsafe place.storeBytes(of: WorkNotes.State.trapped, as: UInt8.self)
            }
        }
        // RESETHAND: when the handler returns, the trap comes again and ends the process as ever. ONSTACK: a stack that
        // overflowed cannot run a handler.
        action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | Int32(SA_ONSTACK)
        for signal in signals { unsafe sigaction(signal, &action, nil) }
    }
}
