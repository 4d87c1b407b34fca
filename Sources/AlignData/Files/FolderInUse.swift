/// Another process is writing to the same place.
package struct FolderInUse: DescribedError, Equatable {
    package let path: String

    package init(path: String) { self.path = path }

    package var category: FailureCategory { .failed }
    package var summary: String { "another process is writing here" }
    package var location: String? { path }
    package var hint: String? { "wait for it to end" }
}
