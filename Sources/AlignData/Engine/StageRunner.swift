/// Runs stages: claims the folder for the plan or finds the work done, goes on at the first unit that is not sealed,
/// reports progress, seals each unit, writes the manifest.
enum StageRunner {
    /// - Throws: `ShardError`; `FolderInUse`; `FileError`; `Interrupted`, when all that is finished is safe; what the
    ///   stage throws.
    static func run(_ stage: some Stage, _ handler: @escaping ProgressHandler) throws -> StageReport {
        let progress = StageProgress(handler)
        let work = try stage.begin(progress)
        let writer = try ShardSetWriter(output: stage.output, plan: work.plan)
        if let manifest = writer.completed {
            return stage.report(on: manifest, notes: writer.notes, alreadyComplete: true)
        }
        try work.prepare(progress)
        var index = 0
        while try work.hasUnit(index) {
            try progress.tell()
            if let sealed = try writer.sealedCounts(ofShard: index) {
                try work.passOver(index, sealed: sealed, progress)
            } else {
                try writer.write(shard: index) { try work.write(index, into: $0, progress) }
            }
            index += 1
        }
        try progress.tell()
        return stage.report(on: try writer.finish(), notes: writer.notes, alreadyComplete: false)
    }
}
