import Foundation
import Testing

@Suite struct ConfigurationTests {
    @Test func aDryRunPrintsTheResolvedConfigurationAndDoesNothing() throws {
        let folder = try TemporaryFolder()
        let result = try Tool.run(
            "pairs", "nowhere", "--rewards", "a=0.75", "--rewards", "b", "--strategy", "random",
            "--pairs-per-prompt", "3", "--unfinished", "reward=-1", "--shaping", "clip=-2,2", "--output",
            folder.path("pairs"), "--dry-run")
        #expect(result.exitCode == 0)
        #expect(result.error == "")
        #expect(
            result.output == """
                {
                  "bytesPerShard" : 268435456,
                  "pairing" : {
                    "keepsTies" : true,
                    "minimumMargin" : 0,
                    "randomPairs" : 3,
                    "strategy" : "random"
                  },
                  "promptsPerShard" : 65536,
                  "seed" : 0,
                  "shaping" : "clip=-2.0,2.0",
                  "unfinished" : "reward=-1.0",
                  "weights" : [
                    0.75,
                    1
                  ]
                }

                """)
        #expect(!FileManager.default.fileExists(atPath: folder.path("pairs")))
    }

    @Test func aRewardMayBeNegative() throws {
        let result = try Tool.run(
            "score", "a", "--reward", "b", "--output", "c", "--unfinished-reward", "-1", "--dry-run")
        #expect(result.exitCode == 0)
        #expect(result.output == "{\n  \"unfinishedReward\" : -1\n}\n")
    }

    @Test func theTrainingOptionsArriveInTheConfiguration() throws {
        let result = try Tool.run(
            "train", "a", "--policy", "b", "--output", "c", "--objective", "ipo", "--beta", "0.5", "--batch",
            "8",
            "--clip", "0", "--validate-every", "0", "--trained-layers", "2", "--dry-run")
        #expect(result.exitCode == 0)
        let plan =
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: [String: Any]]
        #expect(plan?["trainer"]?["objective"] as? String == "ipo")
        #expect(plan?["trainer"]?["beta"] as? Double == 0.5)
        #expect(plan?["trainer"]?["groupsPerStep"] as? Int == 8)
        #expect(plan?["trainer"]?["maximumGradientNorm"] == nil)
        #expect(plan?["trainer"]?["validateEvery"] == nil)
        #expect(plan?["optimizer"]?["trainedLayers"] as? Int == 2)
    }

    @Test(arguments: [
        "copg", "ipo", "dpo", "slic", "rebel", "infonce", "rloo", "pg", "pg-value", "sft",
    ])
    func everyNameMakesItsObjective(name: String) throws {
        struct Plan: Decodable {
            struct Trainer: Decodable {
                var objective: String
                var beta: Double?
                var loss: String
            }
            var trainer: Trainer
        }
        let result = try Tool.run(
            "train", "a", "--policy", "b", "--output", "c", "--objective", name, "--beta", "0.25", "--dry-run"
        )
        let plan = try JSONDecoder().decode(Plan.self, from: Data(result.output.utf8)).trainer
        #expect(plan.objective == name && plan.loss.hasPrefix(name))
        #expect(plan.beta == (name == "sft" ? nil : 0.25))
        #expect(plan.loss.contains("beta=0.25") == (name != "sft"))
    }
}
