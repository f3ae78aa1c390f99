/// What is believed of the rate of an arm before there are data: a beta distribution of the shapes a and b, which count
/// as that many units that converted, and that did not.
public struct BetaPrior: Sendable, Hashable {
    /// Below it a rate is 0 or 1 for all that doubles tell.
    public static let leastShape = 1e-3
    public static let greatestShape = 1e12

    public let a: Double
    public let b: Double

    /// Every rate is equally likely: a and b are 1.
    public static let uniform = BetaPrior()

    private init() {
        (a, b) = (1, 1)
    }

    public init(a: Double, b: Double) throws(ImproperPrior) {
        for shape in [a, b] where !(shape >= Self.leastShape && shape <= Self.greatestShape) {
            throw .shapeOutOfRange(shape)
        }
        self.a = a
        self.b = b
    }
}
