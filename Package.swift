// swift-tools-version: 6.1
import Foundation
import PackageDescription

// The torch that CTorch compiles against: TORCH_DIR (the folder that holds include/ and lib/), or the
// wheel that `scripts/setup.sh` puts into the project's own .venv. Without one, the package still builds:
// everything but the model engine works, and the command says how to get it.
let torch: String? = {
    let environment = ProcessInfo.processInfo.environment
    if let directory = environment["TORCH_DIR"], !directory.isEmpty { return directory }
    let files = FileManager.default
    let libraries = Context.packageDirectory + "/.venv/lib"
    for python in (try? files.contentsOfDirectory(atPath: libraries))?.sorted() ?? [] {
        let candidate = "\(libraries)/\(python)/site-packages/torch"
        if files.fileExists(atPath: candidate + "/include/ATen/ATen.h") { return candidate }
    }
    return nil
}()

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "align-data",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "AlignData", targets: ["AlignData"]),
        .library(name: "CoPGTrain", targets: ["CoPGTrain"]),
        .library(name: "TorchLM", targets: ["TorchLM"]),
        .executable(name: "align-data", targets: ["align-data"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibArchive", pkgConfig: "libarchive",
            providers: [.apt(["libarchive-dev"]), .brew(["libarchive"])]),
        .systemLibrary(
            name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"]), .brew(["libxml2"])]),
        .systemLibrary(name: "CPrefetch"),
        .target(name: "CSignals"),
        .target(
            name: "AlignData",
            dependencies: [
                "CLibArchive", "CLibXML2", "CPrefetch", "CSignals",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ],
            resources: [.embedInCode("Recipes/BuiltIn")],
            swiftSettings: swiftSettings),
        .target(name: "Report", swiftSettings: swiftSettings),
        .target(name: "CoPGTrain", dependencies: ["AlignData", "Report"], swiftSettings: swiftSettings),
        .target(name: "CTorchAPI"),
        .target(
            name: "TorchLM", dependencies: ["AlignData", "CoPGTrain", "CTorchAPI"],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "align-data",
            dependencies: [
                "AlignData", "CoPGTrain", "TorchLM", "Report", "CSignals",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),
        // In this package and no product of it: the tests' build keeps it compiling, and packages that depend on
        // this one never build it.
        .executableTarget(
            name: "align-data-bench",
            dependencies: [
                "AlignData", "CoPGTrain", "TorchLM",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            path: "Benchmarks",
            swiftSettings: swiftSettings),
        .testTarget(
            name: "AlignDataTests",
            dependencies: ["AlignData", .product(name: "GRDB", package: "GRDB.swift")],
            resources: [.copy("Resources")],
            swiftSettings: swiftSettings),
        .testTarget(name: "ReportTests", dependencies: ["Report"], swiftSettings: swiftSettings),
        .testTarget(
            name: "CoPGTrainTests", dependencies: ["CoPGTrain", "Report"], swiftSettings: swiftSettings),
        .testTarget(
            name: "TorchLMTests", dependencies: ["TorchLM"], resources: [.copy("Resources")],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "CommandTests", dependencies: ["align-data"], exclude: ["Faults"],
            swiftSettings: swiftSettings),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)

if let torch {
    // A dynamic library that nothing links: `swift build` makes it, the command loads it on first use.
    // It must not depend on CTorchAPI (clang's module check fails): it includes that header by path.
    package.targets.append(
        .target(
            name: "CTorch",
            cxxSettings: [
                .unsafeFlags([
                    "-isystem", "\(torch)/include", "-isystem", "\(torch)/include/torch/csrc/api/include",
                    "-O2", "-Wno-everything",
                ])
            ],
            linkerSettings: [
                .unsafeFlags(["-L\(torch)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(torch)/lib"]),
                .linkedLibrary("torch"), .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
            ]))
    package.products.append(.library(name: "TorchBackend", type: .dynamic, targets: ["CTorch"]))
}
