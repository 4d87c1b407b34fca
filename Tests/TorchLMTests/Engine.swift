import Testing

/// Everything that makes tensors, one test at a time: live handles are counted in the whole process.
@Suite("The engine", .serialized)
struct Engine {}
