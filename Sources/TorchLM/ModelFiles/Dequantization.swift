import AlignData

/// Stored tensor data to fp32, bit for bit as gguf-py's `dequantize`. Layouts: ggml's `block_*` structures.
enum Dequantization {
    /// - Parameters:
    ///   - data: whole blocks of `type`.
    ///   - count: numbers in them.
    static func floats(_ data: UnsafeRawBufferPointer, type: GGUFTensorType, count: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { output, initialized in
            let blocks = count / type.blockSize
            guard let base = data.baseAddress, let out = output.baseAddress else { return }
            precondition(data.count >= blocks * type.bytesPerBlock, "fewer bytes than the blocks have")
            for block in 0..<blocks {
                let source = base + block * type.bytesPerBlock
                let target = out + block * type.blockSize
                switch type {
                case .f32: target.pointee = Float(bitPattern: word(source))
                case .f16: target.pointee = half(source, 0)
                case .bf16:
                    target.pointee = Float(
                        bfloat: UInt16(littleEndian: source.loadUnaligned(as: UInt16.self)))
                case .q8_0: q8_0(source, target)
                case .q4_0: q4_0(source, target)
                case .q4_1: q4_1(source, target)
                case .q5_0: q5_0(source, target)
                case .q5_1: q5_1(source, target)
                case .q4_K: q4_K(source, target)
                case .q5_K: q5_K(source, target)
                case .q6_K: q6_K(source, target)
                }
            }
            initialized = blocks * type.blockSize
        }
    }

    private typealias Source = UnsafeRawPointer
    private typealias Target = UnsafeMutablePointer<Float>

    @inline(__always)
    private static func half(_ source: Source, _ offset: Int) -> Float {
        Float(half: UInt16(littleEndian: source.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    }

    @inline(__always)
    private static func word(_ source: Source) -> UInt32 {
        UInt32(littleEndian: source.loadUnaligned(as: UInt32.self))
    }

    @inline(__always)
    private static func byte(_ source: Source, _ offset: Int) -> Int32 {
        Int32(source.load(fromByteOffset: offset, as: UInt8.self))
    }

    /// Scale, 32 signed bytes.
    private static func q8_0(_ source: Source, _ target: Target) {
        let scale = half(source, 0)
        for i in 0..<32 { target[i] = scale * Float(source.load(fromByteOffset: 2 + i, as: Int8.self)) }
    }

    /// Scale, 32 nibbles: the low ones are the first half.
    private static func q4_0(_ source: Source, _ target: Target) {
        let scale = half(source, 0)
        for i in 0..<16 {
            let pair = byte(source, 2 + i)
            target[i] = scale * Float((pair & 15) - 8)
            target[i + 16] = scale * Float((pair >> 4) - 8)
        }
    }

    /// Scale, minimum, 32 nibbles.
    private static func q4_1(_ source: Source, _ target: Target) {
        let scale = half(source, 0)
        let minimum = half(source, 2)
        for i in 0..<16 {
            let pair = byte(source, 4 + i)
            target[i] = scale * Float(pair & 15) + minimum
            target[i + 16] = scale * Float(pair >> 4) + minimum
        }
    }

    /// Scale, 32 fifth bits, 32 nibbles.
    private static func q5_0(_ source: Source, _ target: Target) {
        let scale = half(source, 0)
        let high = word(source + 2)
        for i in 0..<16 {
            let pair = byte(source, 6 + i)
            target[i] = scale * Float((pair & 15 | Int32(high >> UInt32(i) & 1) << 4) - 16)
            target[i + 16] = scale * Float((pair >> 4 | Int32(high >> UInt32(i + 16) & 1) << 4) - 16)
        }
    }

    /// Scale, minimum, 32 fifth bits, 32 nibbles.
    private static func q5_1(_ source: Source, _ target: Target) {
        let scale = half(source, 0)
        let minimum = half(source, 2)
        let high = word(source + 4)
        for i in 0..<16 {
            let pair = byte(source, 8 + i)
            target[i] = scale * Float(pair & 15 | Int32(high >> UInt32(i) & 1) << 4) + minimum
            target[i + 16] = scale * Float(pair >> 4 | Int32(high >> UInt32(i + 16) & 1) << 4) + minimum
        }
    }

    /// The 6-bit scale and minimum of sub-block `i` of 8, packed in 12 bytes at `scales`.
    @inline(__always)
    private static func scaleAndMinimum(_ scales: Source, _ i: Int) -> (scale: Float, minimum: Float) {
        if i < 4 { return (Float(byte(scales, i) & 63), Float(byte(scales, i + 4) & 63)) }
        let low = byte(scales, i + 4)
        return (
            Float(low & 15 | (byte(scales, i - 4) >> 2 & 0x30)),
            Float(low >> 4 | (byte(scales, i) >> 2 & 0x30))
        )
    }

    /// Scale, minimum, 12 bytes of sub-block scales, 256 nibbles.
    private static func q4_K(_ source: Source, _ target: Target) {
        let scale = half(source, 0)
        let minimum = half(source, 2)
        for i in 0..<8 {
            let sub = scaleAndMinimum(source + 4, i)
            let subScale = scale * sub.scale
            let subMinimum = minimum * sub.minimum
            let shift = Int32(i & 1) * 4
            for j in 0..<32 {
                let value = byte(source, 16 + (i >> 1) * 32 + j) >> shift & 15
                target[i * 32 + j] = subScale * Float(value) - subMinimum
            }
        }
    }

    /// As `q4_K`, with 256 fifth bits between scales and nibbles.
    private static func q5_K(_ source: Source, _ target: Target) {
        let scale = half(source, 0)
        let minimum = half(source, 2)
        for i in 0..<8 {
            let sub = scaleAndMinimum(source + 4, i)
            let subScale = scale * sub.scale
            let subMinimum = minimum * sub.minimum
            let shift = Int32(i & 1) * 4
            for j in 0..<32 {
                let value = byte(source, 48 + (i >> 1) * 32 + j) >> shift & 15
                let high = byte(source, 16 + j) >> Int32(i) & 1
                target[i * 32 + j] = subScale * Float(value | high << 4) - subMinimum
            }
        }
    }

    /// 256 low nibbles, 256 high bit pairs, 16 signed scales, the scale of all.
    private static func q6_K(_ source: Source, _ target: Target) {
        let scale = half(source, 208)
        for i in 0..<256 {
            let half = i >> 7
            let rest = i & 127
            let low = byte(source, half * 64 + (rest & 63)) >> (Int32(rest >> 6) * 4) & 15
            let high = byte(source, 128 + half * 32 + (rest & 31)) >> (Int32(rest >> 5) * 2) & 3
            let subScale = scale * Float(source.load(fromByteOffset: 192 + (i >> 4), as: Int8.self))
            target[i] = subScale * Float((low | high << 4) - 32)
        }
    }
}
