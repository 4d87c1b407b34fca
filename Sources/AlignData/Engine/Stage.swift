/// A stage that makes a shard set: what it does, and nothing of how a folder is claimed, resumed, sealed and reported,
/// which is `StageRunner`'s.
protocol Stage: ShardSetReporting {
    associatedtype Work: StageWork

    /// Opens the inputs and checks them.
    /// - Parameter progress: for what must be read before the plan is known.
    func begin(_ progress: StageProgress) throws -> Work
}

extension Stage {
    /// Makes the shard set, goes on with it, or finds it done.
    func make(_ progress: @escaping ProgressHandler) throws -> StageReport {
        try StageRunner.run(self, progress)
    }
}

/// A stage at work: its inputs are open. Unit `i` becomes shard `i`. What a unit holds is decided by the plan and the
/// inputs alone, so that a run that was stopped makes the same shards.
protocol StageWork: AnyObject {
    var plan: ShardPlan { get }

    /// Called once, when there is something to do: tells `progress` what will be done.
    func prepare(_ progress: StageProgress) throws
    /// Whether there is a unit of that number. Asked from 0 on, after each unit before was written or passed over.
    func hasUnit(_ index: Int) throws -> Bool
    /// The shard of the unit is sealed already.
    /// - Parameter counts: what it accounts for.
    func passOver(_ index: Int, sealed counts: StageCounts, _ progress: StageProgress) throws
    /// Writes the rows of a unit.
    /// - Returns: what they account for.
    func write(_ index: Int, into shard: ShardWriter, _ progress: StageProgress) throws -> StageCounts
}

/// What is said of a shard set that a stage has made.
protocol ShardSetReporting {
    /// The folder of the shard set.
    var output: String { get }
    /// Facts for a person, in order.
    func figures(of manifest: Manifest) -> [StageReport.Figure]
    /// What else the stage has to say.
    func complete(_ report: inout StageReport, of manifest: Manifest)
}

extension ShardSetReporting {
    func complete(_ report: inout StageReport, of manifest: Manifest) {}

    /// - Parameter notes: what the writer found in the folder.
    func report(on manifest: Manifest, notes: [String], alreadyComplete: Bool) -> StageReport {
        var report = StageReport(
            stage: manifest.stage, output: output, counts: manifest.counts, figures: figures(of: manifest),
            alreadyComplete: alreadyComplete)
        report.notes = notes
        report.isEmpty = manifest.counts.recordsOut == 0
        complete(&report, of: manifest)
        return report
    }
}
