import Testing
@testable import CoPGTrain
@Test func a() {}
