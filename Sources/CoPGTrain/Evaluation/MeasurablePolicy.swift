public import AlignData

/// A policy that can be measured: it draws completions, and says how probable they are.
public typealias MeasurablePolicy = Sampler & LogProbabilityModel
