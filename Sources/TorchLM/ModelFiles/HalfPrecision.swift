extension Float {
    /// An IEEE 754 half-precision number, exactly.
    @inline(__always)
    init(half bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10) & 0x1f
        let fraction = UInt32(bits & 0x3ff)
        switch exponent {
        case 0:
            let magnitude = Float(fraction) * 0x1p-24
            self = sign == 0 ? magnitude : -magnitude
        case 0x1f: self = Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
        default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }

    /// A bfloat16 number, exactly.
    @inline(__always)
    init(bfloat bits: UInt16) { self = Float(bitPattern: UInt32(bits) << 16) }

    /// The nearest bfloat16, ties to even, as torch rounds.
    @inline(__always)
    var bfloatBits: UInt16 {
        if isNaN { return 0x7fc0 }
        let bits = bitPattern
        return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
    }
}
