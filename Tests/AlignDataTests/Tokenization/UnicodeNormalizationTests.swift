import Testing

@testable import AlignData

/// The normalization forms: their laws on every scalar, and the reference's old tables where they differ.
@Suite struct UnicodeNormalizationTests {
    private static func apply(_ form: UnicodeNormalization.Form, _ scalars: [UInt32]) -> [UInt32] {
        var view = String.UnicodeScalarView()
        for value in scalars { if let scalar = Unicode.Scalar(value) { view.append(scalar) } }
        var bytes = Array(String(view).utf8)
        UnicodeNormalization.shared.apply(form, to: &bytes)
        return String(decoding: bytes, as: UTF8.self).unicodeScalars.map(\.value)
    }

    @Test func composingWhatWasDecomposedGivesTheSameAsComposing() {
        for scalar in UInt32(0xa0)..<0x30000 where !(0xd800..<0xe000).contains(scalar) {
            let text = [0x61, scalar, 0x301, 0x323]
            let composed = Self.apply(.nfc, text)
            if Self.apply(.nfc, Self.apply(.nfd, text)) != composed || Self.apply(.nfc, composed) != composed
            {
                Issue.record("U+\(String(scalar, radix: 16))")
            }
            let compatible = Self.apply(.nfkc, text)
            if Self.apply(.nfkc, Self.apply(.nfkd, text)) != compatible {
                Issue.record("compatibility, U+\(String(scalar, radix: 16))")
            }
        }
    }

    @Test(
        arguments: [
            ([0x65, 0x301], [0xe9]), ([0x212b], [0xc5]), ([0x1100, 0x1161, 0x11a8], [0xac01]),
            ([0x958], [0x915, 0x93c]),
            ([0x73, 0x307, 0x323], [0x1e69]), ([0x344], [0x308, 0x301]),
            ([0xac00, 0x11a7], [0xac00, 0x11a7]),
            // A mark that Unicode 13 added: to the reference it is no mark, and stays where it is.
            ([0x61, 0x1ac1, 0x301], [0x61, 0x1ac1, 0x301]),
        ] as [([UInt32], [UInt32])])
    func composition(text: [UInt32], composed: [UInt32]) {
        #expect(Self.apply(.nfc, text) == composed)
    }

    @Test(
        arguments: [
            ([0xfb01], [0x66, 0x69]), ([0xbd], [0x31, 0x2044, 0x32]), ([0x1d538], [0x41]),
            ([0xff76, 0xff9e], [0x30ac]),
            // The era name of 2019 is too new for the reference.
            ([0x32ff], [0x32ff]),
        ] as [([UInt32], [UInt32])])
    func compatibility(text: [UInt32], composed: [UInt32]) {
        #expect(Self.apply(.nfkc, text) == composed)
    }
}
