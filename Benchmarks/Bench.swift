import ArgumentParser

/// One row of the benchmarks a call, so that each is measured alone in its process. Every figure is a line on
/// standard output: its name, the value and the unit, between tabs. `scripts/bench.sh` makes the table.
@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "align-data-bench",
        abstract: "Measure one row of the benchmarks.",
        subcommands: [
            TokenizeRow.self, IngestRow.self, SampleRow.self, ScoreRow.self, PairsRow.self, SQLiteRow.self,
            TrainRow.self, NumbersRow.self,
        ])
}
