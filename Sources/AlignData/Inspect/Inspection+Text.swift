import Foundation

/// Plain text for a person, one fact a line. No colours and no widths: the command adds what a terminal can show.
extension Inspection.Summary {
    public var text: String {
        var lines = [
            "\(kind.rawValue), written by \(stage) (align-data \(toolVersion), seed \(seed))",
            "  shards      \(shards), \(Inspection.size(bytes))",
        ]
        func list<Value>(_ title: String, _ values: [String: Value]) {
            for (index, key) in values.keys.sorted().enumerated() {
                guard let value = values[key] else { continue }
                let head = index == 0 ? title : ""
                lines.append("  " + Inspection.padded(head, 12) + Inspection.padded(key, 26) + "\(value)")
            }
        }
        list("rows", rows)
        list("prompts", prompts)
        lines.append("  records     \(counts.recordsIn) in, \(counts.recordsOut) out")
        list("filtered", counts.filtered)
        list("rejected", counts.rejected)
        list("noted", counts.noted)
        list("facts", facts)
        for (index, input) in inputs.enumerated() {
            let head = Inspection.padded(index == 0 ? "made from" : "", 12)
            lines.append(
                "  " + head + Inspection.padded(input.role, 26) + "\(input.name) \(input.sha256.prefix(12))…")
        }
        lines.append("  configured  \(configuration)")
        return lines.joined(separator: "\n")
    }
}

extension Inspection.Sample {
    /// - Parameter promptTail: characters of the prompt's end that are shown.
    public func text(promptTail: Int = 240) -> String {
        if let reward, let completionID {
            return "completion \(completionID)  prompt \(promptID)  reward \(Inspection.number(reward))"
        }
        var lines = [
            [
                "prompt \(promptID)", split?.rawValue, promptTokens.map { "\($0) tokens" },
                provenance?.description, sourceID.map { "id " + Inspection.printable($0[...]) },
            ]
            .compactMap { $0 }.joined(separator: "  ")
        ]
        for (name, text) in extra.sorted(by: { $0.key < $1.key }) {
            lines.append("  " + Inspection.printable("\(name)  \(text)"[...]))
        }
        if let prompt {
            let tail = prompt.suffix(promptTail)
            lines.append(Inspection.indented((tail.count < prompt.count ? "…" : "") + tail))
        }
        for reference in references {
            lines.append("  reference"); lines.append(Inspection.indented(reference))
        }
        for completion in given {
            lines.append("  " + completion.heading); lines.append(Inspection.indented(completion.text))
        }
        for (index, completion) in completions.enumerated() {
            var head = "  completion \(index)"
            if let reward = completion.reward { head += "  reward \(Inspection.number(reward))" }
            head += "  ln π_ref \(Inspection.number(completion.referenceLogProbability))"
            head += "  \(completion.tokens) tokens, \(Inspection.word(for: completion.finishReason))"
            lines.append(head)
            lines.append(Inspection.indented(completion.text))
        }
        if !pairs.isEmpty {
            lines.append("  pairs  " + pairs.map { "\($0.first)–\($0.second)" }.joined(separator: " "))
        }
        return lines.joined(separator: "\n")
    }
}

extension Inspection {
    /// One rejection on one line.
    /// - Parameter showingExcerpt: whether the record's first characters are shown.
    public static func text(of rejection: Rejection, showingExcerpt: Bool = false) -> String {
        let line = "\(rejection.provenance)  \(rejection.reason)  \(rejection.detail)"
        guard showingExcerpt else { return line }
        return line + "\n" + indented(rejection.excerpt)
    }

    /// One record that a rule left out on one line.
    public static func text(of filtered: FilteredRecord) -> String {
        let isJoined = filtered.reason == StageCounts.joined
        return
            "\(filtered.provenance)  \(filtered.reason)  \(isJoined ? "part of an earlier record" : "left out by rule")"
    }

    fileprivate static func word(for reason: FinishReason) -> String {
        switch reason {
        case .endOfSequence: "ended"
        case .length: "cut"
        case .given: "given"
        }
    }

    static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + printable($0) }
            .joined(separator: "\n")
    }

    /// Control characters could rewrite the terminal they are shown on.
    fileprivate static func printable(_ line: Substring) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in line.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            scalars.append(isControl && scalar != "\t" ? "\u{FFFD}" : scalar)
        }
        return String(scalars)
    }

    static func number(_ value: Double) -> String { String(format: "%.4f", value) }

    static func padded(_ text: String, _ width: Int) -> String {
        text.count >= width ? text + " " : text + String(repeating: " ", count: width - text.count)
    }

    static func size(_ bytes: Int) -> String {
        bytes < 1_000_000
            ? String(format: "%.1f kB", Double(bytes) / 1e3) : String(format: "%.1f MB", Double(bytes) / 1e6)
    }
}
