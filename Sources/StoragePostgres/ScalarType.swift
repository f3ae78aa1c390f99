import CLibPQ

/// The types that are read and bound, by their object identifier (`pg_type.dat` of PostgreSQL).
enum ScalarType: Oid {
    case bool = 16
    case bytea = 17
    case char = 18
    case name = 19
    case int8 = 20
    case int2 = 21
    case int4 = 23
    case text = 25
    case oid = 26
    case json = 114
    case float4 = 700
    case float8 = 701
    case unknown = 705
    case bpchar = 1042
    case varchar = 1043
    case void = 2278

    /// Of those that are bound.
    var arrayType: Oid {
        switch self {
        case .int8: 1016
        case .float8: 1022
        case .bytea: 1001
        default: 1009  // text[]
        }
    }

    var sqlName: String {
        switch self {
        case .int8: "bigint"
        case .float8: "double precision"
        case .bytea: "bytea"
        default: "text"
        }
    }
}
