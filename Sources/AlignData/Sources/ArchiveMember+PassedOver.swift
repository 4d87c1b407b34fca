extension ArchiveMember.Skipped {
    /// How a member that was skipped is counted where a pattern might have taken it; `nil` for what nobody misses.
    var passedOver: SourceNote.PassedOver? {
        switch self {
        case .link: .archiveLink
        case .special: .special
        case .unsafeName: .unsafeName
        case .undecodableName: .undecodableName
        case .litter: nil
        }
    }
}
