import AlignData
import CoPGTrain
import Foundation
import Testing

/// A run that was stopped anywhere and gone on with is the run that was not stopped.
struct TrainerResumeTests {
    private struct Outcome: Equatable {
        var logits: [Double]
        var files: [String: Data]
    }

    private static func undisturbed() throws -> Outcome {
        try TrainingWorld.withFolder { folder in
            let policy = TrainingWorld.policy
            let report = try TrainingWorld.trainer(policy, folder: folder).run { _ in .more }
            #expect(report.steps == 9 && report.stepsNow == 9)
            return Outcome(logits: policy.logits, files: try TrainingWorld.files(in: folder))
        }
    }

    @Test func interruptedAtAnyMomentItGoesOnToTheSameBits() throws {
        let expected = try Self.undisturbed()
        var calls = 0
        _ = try TrainingWorld.trainer(TrainingWorld.policy, folder: nil).run { _ in
            calls += 1
            return .more
        }
        #expect(calls > 9, "progress is told within steps too")
        for stop in 1..<calls {
            try TrainingWorld.withFolder { folder in
                var told = 0
                #expect(throws: Interrupted.self) {
                    try TrainingWorld.trainer(TrainingWorld.policy, folder: folder).run { _ in
                        told += 1
                        return told == stop ? .stop : .more
                    }
                }
                let policy = TrainingWorld.policy
                let report = try TrainingWorld.trainer(policy, folder: folder).run { _ in .more }
                #expect(report.steps == 9)
                #expect(policy.logits == expected.logits)
                let metrics = try TrainingWorld.files(in: folder)["metrics.jsonl"]
                #expect(metrics == expected.files["metrics.jsonl"])
            }
        }
    }

    @Test func interruptedAtEveryStepItGoesOnToTheSameBits() throws {
        let expected = try Self.undisturbed()
        try TrainingWorld.withFolder { folder in
            var policy = TrainingWorld.policy
            for step in 1...8 {
                policy = TrainingWorld.policy
                #expect(throws: Interrupted.self) {
                    try TrainingWorld.trainer(policy, folder: folder).run { $0.done >= step ? .stop : .more }
                }
            }
            policy = TrainingWorld.policy
            let report = try TrainingWorld.trainer(policy, folder: folder).run { _ in .more }
            #expect(report.stepsNow == 1)
            #expect(policy.logits == expected.logits)
            #expect(try TrainingWorld.files(in: folder)["metrics.jsonl"] == expected.files["metrics.jsonl"])
        }
    }

    /// A kill leaves metrics beyond the checkpoint and half-written folders.
    @Test func killedAtAnyStepItGoesOnToTheSameFiles() throws {
        let expected = try Self.undisturbed()
        // One batch for each group whose reference is checked, one for each step.
        for batches in 0..<20 {
            try TrainingWorld.withFolder { folder in
                #expect(throws: FailingSource.Failure.self) {
                    let source = FailingSource(TrainingWorld.source, batches: batches)
                    _ = try TrainingWorld.trainer(TrainingWorld.policy, source: source, folder: folder).run {
                        _ in .more
                    }
                }
                let partial = folder + "/checkpoint-000777.partial"
                try FileManager.default.createDirectory(atPath: partial, withIntermediateDirectories: true)
                try Data("{".utf8).write(to: URL(fileURLWithPath: partial + "/trainer.json"))
                let metrics = try FileHandle(forWritingTo: URL(fileURLWithPath: folder + "/metrics.jsonl"))
                try metrics.seekToEnd()
                try metrics.write(contentsOf: Data("{\"loss\":0.1,\"st".utf8))
                try metrics.close()
                let policy = TrainingWorld.policy
                _ = try TrainingWorld.trainer(policy, folder: folder).run { _ in .more }
                #expect(
                    Outcome(logits: policy.logits, files: try TrainingWorld.files(in: folder)) == expected)
            }
        }
    }

    @Test func aCompleteRunIsNotRunAgain() throws {
        try TrainingWorld.withFolder { folder in
            let first = TrainingWorld.policy
            let report = try TrainingWorld.trainer(first, folder: folder).run { _ in .more }
            let files = try TrainingWorld.files(in: folder)
            let second = TrainingWorld.policy
            var again = try TrainingWorld.trainer(second, folder: folder).run { _ in .stop }
            #expect(again.alreadyComplete && again.stepsNow == 0 && second.logits == first.logits)
            #expect(try TrainingWorld.files(in: folder) == files)
            again.alreadyComplete = false
            again.stepsNow = report.stepsNow
            #expect(again == report)
        }
    }

    @Test func aRunThatGoesOnWithOtherThreadsSaysSoAndStatesBoth() throws {
        func facts(_ threads: String) -> [String: String] { ["precision": "float32", "threads": threads] }
        func train(_ folder: String, _ facts: [String: String], until step: Int = .max) throws
            -> TrainingReport
        {
            try TrainingWorld.trainer(TrainingWorld.policy, folder: folder, facts: facts).run {
                $0.done >= step ? .stop : .more
            }
        }
        try TrainingWorld.withFolder { folder in
            #expect(throws: Interrupted.self) { try train(folder, facts("2"), until: 4) }
            let report = try train(folder, facts("1"))
            #expect(report.facts == facts("2 + 1"))
            #expect(report.notes.count == 1 && report.notes[0].contains("begun with threads 2 + 1, now 1"))
            let kept = try #require(try TrainingWorld.files(in: folder)["run.json"])
            #expect(String(decoding: kept, as: UTF8.self).contains("\"2 + 1\""))
            var other = facts("1")
            other["precision"] = "bfloat16"
            #expect(throws: TrainingError.self) { try train(folder, other) }
        }
        try TrainingWorld.withFolder { folder in
            let report = try train(folder, facts("1"))
            #expect(report.facts == facts("1") && report.notes.isEmpty)
        }
    }

    @Test func anyNumberOfEpochsIsANumberOfSteps() {
        var configuration = TrainingWorld.configuration
        configuration.epochs = .max
        let trainer = TrainingWorld.trainer(TrainingWorld.policy, configuration: configuration, folder: nil)
        #expect(trainer.totalSteps == .max)
    }

    @Test func aFolderOfAnotherRunIsRefused() throws {
        try TrainingWorld.withFolder { folder in
            _ = try TrainingWorld.trainer(TrainingWorld.policy, folder: folder).run { _ in .more }
            let files = try TrainingWorld.files(in: folder)
            let other = AnyObjective.completions(CoPG(beta: 0.25))
            let form = AnyObjective.completions(CoPG(beta: TrainingWorld.beta, form: .group))
            let otherData = ArrayGroupSource(TrainingWorld.groups, identity: "another world", seed: 3)
            for (trainer, difference) in [
                (
                    TrainingWorld.trainer(TrainingWorld.policy, other, folder: folder),
                    "beta \(TrainingWorld.beta), not 0.25"
                ),
                (TrainingWorld.trainer(TrainingWorld.policy, form, folder: folder), "another loss"),
                (
                    TrainingWorld.trainer(TrainingWorld.policy, source: otherData, folder: folder),
                    "source world;seed=3, not another world;seed=3"
                ),
            ] {
                #expect(
                    throws: TrainingError.anotherRun(
                        folder: folder, difference: "it was made with \(difference)")
                ) { try trainer.run { _ in .more } }
            }
            #expect(try TrainingWorld.files(in: folder) == files)
            try FileManager.default.removeItem(atPath: folder + "/run.json")
            #expect(
                throws: TrainingError.anotherRun(
                    folder: folder, difference: "there are checkpoints without a run.json")
            ) {
                try TrainingWorld.trainer(TrainingWorld.policy, folder: folder).run { _ in .more }
            }
        }
    }

    @Test func metricsThatWereCutShortAreNoticed() throws {
        try TrainingWorld.withFolder { folder in
            _ = try TrainingWorld.trainer(TrainingWorld.policy, folder: folder).run { _ in .more }
            try Data().write(to: URL(fileURLWithPath: folder + "/metrics.jsonl"))
            #expect(throws: TrainingError.self) {
                try TrainingWorld.trainer(TrainingWorld.policy, folder: folder).run { _ in .more }
            }
        }
    }

    @Test func theNewestCheckpointsAndTheBestAreKept() throws {
        try TrainingWorld.withFolder { folder in
            var configuration = TrainingWorld.configuration
            configuration.checkpointEvery = 1
            let policy = TrainingWorld.policy
            // Best after three steps, by decree.
            let trainer = Trainer(
                .completions(policy, CoPG(beta: TrainingWorld.beta)), source: TrainingWorld.source,
                configuration: configuration, folder: folder,
                validation: { ValidationResult(score: $0 == 3 ? 1 : 0, metrics: [:]) })
            let report = try trainer.run { _ in .more }
            let checkpoints = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(
                checkpoints == [
                    "checkpoint-000003", "checkpoint-000008", "checkpoint-000009",
                    "events.out.tfevents", "metrics.jsonl", "run.json",
                ])
            #expect(report.best?.step == 3)
            #expect(report.bestCheckpoint == folder + "/checkpoint-000003")
        }
    }
}
