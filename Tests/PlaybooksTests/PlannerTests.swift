// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Playbooks

@Suite struct `A planner` {
    private static let text = """
        name: example
        version: 1
        title: t
        description: d
        starts_on: [url_click]
        steps:
          - {id: found, step: messages}
          - {id: none, when: found.count is 0, conclude: {as: no_threats_found, because: "nothing has {{subject.value}}"}}
          - {id: who, when: [found.count > 0, subject.kind is url], step: recipients, with: {messages: found.messages}}
          - id: act
            recommend: {action: quarantine_messages, messages: [found.messages], approval: manual, reason: "{{found.count}} of {{who.count}}"}
        """
    private let planner: Planner
    private var context: Planner.Context

    init() throws {
        planner = Planner(try Playbook(text: Self.text, file: "example.yaml"))
        context = .init(subject: Subject(kind: .url, value: "evil.example/"))
    }

    private func found(_ references: String...) -> JSONValue {
        .object([
            "count": .number(references.count),
            "messages": .list(references.map { .object(["reference": .text($0)]) }),
        ])
    }

    @Test func `runs the first step with its input`() {
        #expect(planner.next(at: 0, in: context) == .run(id: "found", step: .messages, input: [:]))
    }

    @Test func `leaves a conclusion out whose condition does not hold, and says why`() {
        var context = context
        context.outputs["found"] = found("a")
        #expect(
            planner.next(at: 1, in: context)
                == .skip(id: "none", work: "conclude", because: "'found.count is 0' does not hold"))
    }

    @Test func `concludes with the outputs filled in`() {
        var context = context
        context.outputs["found"] = found()
        #expect(
            planner.next(at: 1, in: context)
                == .conclude(id: "none", Conclusion(.noThreatsFound, because: "nothing has evil.example/")))
    }

    @Test func `all conditions must hold`() {
        var context = Planner.Context(subject: Subject(kind: .file, value: "00"))
        context.outputs["found"] = found("a")
        #expect(
            planner.next(at: 2, in: context)
                == .skip(id: "who", work: "recipients", because: "'subject.kind is url' does not hold"))
    }

    @Test func `hands an earlier output on`() {
        var context = context
        context.outputs["found"] = found("a")
        #expect(
            planner.next(at: 2, in: context)
                == .run(
                    id: "who", step: .recipients,
                    input: ["messages": .list([.object(["reference": .text("a")])])]))
    }

    @Test func `proposes each message once, and an output that is missing reads nothing`() {
        var context = context
        context.outputs["found"] = found("b", "a", "b")
        #expect(
            planner.next(at: 3, in: context)
                == .propose(
                    id: "act",
                    .init(action: .quarantineMessages, messages: ["b", "a"], approval: .manual, reason: "3 of nothing"))
        )
    }

    @Test func `proposes nothing for no message`() {
        var context = context
        context.outputs["found"] = found()
        #expect(
            planner.next(at: 3, in: context)
                == .skip(id: "act", work: "quarantine_messages", because: "no message was found to act on"))
    }

    @Test(arguments: [-1, 4, 5, Int.max]) func `is finished outside of its steps`(position: Int) {
        #expect(planner.next(at: position, in: context) == .finished)
    }
}

@Suite struct `A condition` {
    @Test(
        arguments: [
            ("m.n > 3", JSONValue.number(4), true), ("m.n > 3", .number(3), false), ("m.n >= 3", .number(3), true),
            ("m.n < 3", .number(2), true), ("m.n <= 3", .number(4), false), ("m.n is 3", .number(3), true),
            ("m.n is not 3", .number(3), false), ("m.n is not 3", .number(4), true), ("m.n is x", .text("x"), true),
            ("m.n is not x", .text("x"), false), ("m.n is not x y", .text("z"), true),
            ("m.n is x y", .text("x y"), true),
            ("m.n > 3", .text("4"), false), ("m.n is 3", .null, false), ("m.n is not 3", .null, false),
            ("m.n is not", .text("not"), true), ("m.n > x", .number(1), false),
        ]) func `compares as it reads`(text: String, value: JSONValue, holds: Bool) throws
    {
        let condition = try #require(Condition(text))
        #expect(condition.holds(for: value) == holds)
    }

    @Test func `does not hold for an output that is missing`() throws {
        let condition = try #require(Condition("m.n is not 3"))
        #expect(!condition.holds(for: nil))
    }

    @Test(arguments: ["", "m.n", "m.n is", "m is 3", "m.n.o is 3", "M.n is 3", "m.n = 3", ".n is 3"])
    func `is refused in any other form`(text: String) {
        #expect(Condition(text) == nil)
    }
}

@Suite struct `A template` {
    @Test func `fills outputs in and leaves the rest as it stands`() throws {
        let template = try Template("{a} {{ m.n }}}{{m.t}}{{m.gone}}")
        let text = template.filled { $0.output == "n" ? .number(3) : $0.output == "t" ? .text("x {{m.n}}") : nil }
        #expect(text == "{a} 3}x {{m.n}}nothing")
    }

    @Test func `is cut when an output is long`() throws {
        let long = String(repeating: "é", count: 5_000)
        let text = try Template("{{m.n}}").filled { _ in .text(long) }
        #expect(text.unicodeScalars.count == PlaybookLimits.reason)
        #expect(text.hasSuffix("é…"))
    }
}

@Suite struct `A JSON value` {
    @Test func `comes back from its text, members in order`() {
        let value = JSONValue.object([
            "b": .list([.number(1), .flag(true), .null]), "a": .text("/\u{202E}\"\n"), "c": .object([:]),
            "d": .number(0),
        ])
        #expect(value.json.hasPrefix(#"{"a":"/"#))
        #expect(JSONValue(json: value.json) == value)
        #expect(JSONValue(json: "{") == nil)
    }
}

@Suite struct `A subject` {
    @Test(arguments: ["url evil.example/a b", "file 00"]) func `comes back from its text`(text: String) {
        #expect(Subject(text)?.description == text)
    }

    @Test(arguments: ["", "url", "url ", "host a", "urls a"]) func `is refused in any other form`(text: String) {
        #expect(Subject(text) == nil)
    }
}
