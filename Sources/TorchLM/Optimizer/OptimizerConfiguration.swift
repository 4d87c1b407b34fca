/// AdamW and what it may move. The defaults live here and nowhere else.
public struct OptimizerConfiguration: Codable, Hashable, Sendable {
    public var beta1 = 0.9
    public var beta2 = 0.999
    public var epsilon = 1e-8
    /// Decoupled (1711.05101): weights shrink by learning rate · weight decay a step.
    public var weightDecay = 0.0
    /// Train only the last so many layers (and the norm and head after them); nil trains everything.
    public var trainedLayers: Int?
    /// Train adapters of some projections and nothing else; nil trains the weights themselves.
    public var adapters: LoRAConfiguration?

    public init() {}

    /// Whether the tensor of this name is trained in a model of `layerCount` layers.
    func trains(_ name: String, layerCount: Int) -> Bool {
        guard adapters == nil else { return false }
        guard let trainedLayers else { return true }
        if name.hasPrefix("model.embed_tokens") { return false }
        let parts = name.split(separator: ".")
        if parts.count > 2, parts[1] == "layers", let layer = Int(parts[2]) {
            return layer >= layerCount - trainedLayers
        }
        return true
    }
}
