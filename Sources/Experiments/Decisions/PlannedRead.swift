/// Whether the moment was there at which an experiment was planned to be read, and which it was.
///
/// Only then has a test of fixed size, or of a group-sequential plan, its meaning: before, whoever looks often enough sees it
/// significant.
public enum PlannedRead: Sendable, Hashable {
    /// It was not there yet.
    case notYet
    /// The experiment has no plan, and was concluded.
    case concluded
    /// Whoever asks says that it is now.
    case now
    /// The last of the reads that were planned.
    case look(PlannedLook)
}
