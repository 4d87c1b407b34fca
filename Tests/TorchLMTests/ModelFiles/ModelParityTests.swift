import AlignData
import Foundation
import Testing
import TorchLM

/// By hand: ALIGN_DATA_MODEL names a model (a GGUF or a folder made from one), ALIGN_DATA_TENSORS what
/// scripts/parity/tensors.py printed for the GGUF.
@Suite struct ModelParityTests {
    static let environment = ProcessInfo.processInfo.environment

    @Test(.enabled(if: environment["ALIGN_DATA_MODEL"] != nil && environment["ALIGN_DATA_TENSORS"] != nil))
    func everyTensorIsTheReferenceToTheBit() throws {
        let source = try ModelSource.open(try #require(Self.environment["ALIGN_DATA_MODEL"]))
        let path = try #require(Self.environment["ALIGN_DATA_TENSORS"])
        let expected = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(
            String.init)
        let found = try source.tensorNames.map { name in
            let tensor = try source.tensor(named: name)
            var hash = ContentHash()
            tensor.floats.withUnsafeBytes { hash.add($0) }
            return "\(name) \(tensor.shape.map(String.init).joined(separator: ",")) \(hash.finalize())"
        }
        #expect(found.sorted() == expected.sorted())
    }
}
