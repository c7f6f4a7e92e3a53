import MicroJSON

/// What a new version of a schema must have in common with earlier ones.
public enum CompatibilityLevel: String, Sendable, CaseIterable {
    /// Nothing.
    case none
    /// What follows the previous version follows the new one.
    case backward
    /// What follows the new version follows the previous one.
    case forward
    /// Both.
    case full
    /// What follows any earlier version follows the new one.
    case backwardTransitive = "backward-transitive"
    /// What follows the new version follows all earlier ones.
    case forwardTransitive = "forward-transitive"
    /// Both, with all earlier versions.
    case fullTransitive = "full-transitive"

    /// The level of a name for which none is set.
    public static let standard = CompatibilityLevel.backward

    /// Which way two versions are compared.
    public enum Direction: String, Sendable, CaseIterable {
        /// What follows the earlier version follows the new one.
        case backward
        /// What follows the new version follows the earlier one.
        case forward
    }

    /// The ways in which versions must be compatible.
    public var directions: [Direction] {
        switch self {
        case .none: []
        case .backward, .backwardTransitive: [.backward]
        case .forward, .forwardTransitive: [.forward]
        case .full, .fullTransitive: [.backward, .forward]
        }
    }

    /// Whether all earlier versions count, not only the previous one.
    public var isTransitive: Bool {
        switch self {
        case .backwardTransitive, .forwardTransitive, .fullTransitive: true
        default: false
        }
    }

    /// Reads the stored form; nil if the value is not one.
    public init?(_ value: JSONText) {
        guard let text = value.text(at: "level") else { return nil }
        self.init(rawValue: text)
    }
}
