import HooklinePrimitives

/// Something sealed of a subscription, and the row that holds it.
struct SealedValue: Sendable {
    enum Place: Sendable, Equatable {
        /// A signing secret: in the secret's row of this id.
        case secret(String)
        /// Headers and the client's certificate: in the subscription's row of this number.
        case extras(Int64)
    }

    let place: Place
    let subscription: Identifier
    let bytes: [UInt8]
}
