// swift-tools-version: 6.2
import PackageDescription

/// The settings of every target: language mode 6, explicit existentials and imports, and no warnings.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
]

let package = Package(
    name: "hookline",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "hookline", targets: ["HooklineCLI"]),
        .library(name: "HooklinePrimitives", targets: ["HooklinePrimitives"]),
        .library(name: "HooklineStatistics", targets: ["HooklineStatistics"]),
        .library(name: "HooklineStorage", targets: ["HooklineStorage"]),
        .library(name: "HooklineStorageSQLite", targets: ["HooklineStorageSQLite"]),
        .library(name: "HooklineStoragePostgres", targets: ["HooklineStoragePostgres"]),
        .library(name: "HooklineEvents", targets: ["HooklineEvents"]),
        .library(name: "HooklineExperiments", targets: ["HooklineExperiments"]),
        .library(name: "HooklineWebhooks", targets: ["HooklineWebhooks"]),
        .library(name: "HooklineServer", targets: ["HooklineServer"]),
        .library(name: "HooklineApp", targets: ["HooklineApp"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        // Leaves: no dependency but each other and the standard library.
        .target(name: "HooklinePrimitives", path: "Sources/Primitives", swiftSettings: strict),
        .target(name: "HooklineStatistics", path: "Sources/Statistics", swiftSettings: strict),

        // Storage: one seam under the SQL, two engines.
        .target(
            name: "HooklineStorage",
            dependencies: ["HooklinePrimitives"],
            path: "Sources/Storage",
            swiftSettings: strict
        ),
        .target(
            name: "HooklineStorageSQLite",
            dependencies: [
                "HooklineStorage",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            path: "Sources/StorageSQLite",
            swiftSettings: strict
        ),
        .systemLibrary(
            name: "CLibPQ",
            path: "Sources/CLibPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]
        ),
        .target(
            name: "HooklineStoragePostgres",
            dependencies: ["HooklineStorage", "CLibPQ", .product(name: "Logging", package: "swift-log")],
            path: "Sources/StoragePostgres",
            swiftSettings: strict
        ),

        // The log, and the domains on it. They import neither each other, nor a database, nor HTTP.
        .target(
            name: "HooklineEvents",
            dependencies: [
                "HooklinePrimitives", "HooklineStorage",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Events",
            swiftSettings: strict
        ),
        .target(
            name: "HooklineExperiments",
            dependencies: [
                "HooklinePrimitives", "HooklineStatistics", "HooklineStorage", "HooklineEvents",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Experiments",
            swiftSettings: strict
        ),
        .target(
            name: "HooklineWebhooks",
            dependencies: [
                "HooklinePrimitives", "HooklineStorage", "HooklineEvents",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Webhooks",
            swiftSettings: strict
        ),

        // The edge.
        .target(name: "CHooklineOpenAPI", path: "Sources/COpenAPI", exclude: ["openapi.json"]),
        .target(
            name: "HooklineServer",
            dependencies: [
                "CHooklineOpenAPI",
                "HooklinePrimitives", "HooklineStatistics", "HooklineStorage", "HooklineEvents", "HooklineExperiments",
                "HooklineWebhooks",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Server",
            swiftSettings: strict
        ),
        .target(
            name: "HooklineApp",
            dependencies: [
                "HooklinePrimitives", "HooklineStorage", "HooklineStorageSQLite", "HooklineStoragePostgres",
                "HooklineEvents", "HooklineExperiments", "HooklineWebhooks", "HooklineServer",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Sources/App",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "HooklineCLI",
            dependencies: [
                "HooklineApp", "HooklinePrimitives", "HooklineStatistics", "HooklineEvents", "HooklineServer",
                "HooklineWebhooks",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Sources/CLI",
            swiftSettings: strict
        ),

        // Tests mirror Sources.
        .target(
            name: "HooklineStorageTestSupport",
            dependencies: [
                "HooklinePrimitives", "HooklineStorage", "HooklineStorageSQLite", "HooklineStoragePostgres",
            ],
            path: "Tests/StorageTestSupport",
            swiftSettings: strict
        ),
        .testTarget(
            name: "PrimitivesTests",
            dependencies: ["HooklinePrimitives", "HooklineStatistics"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "StatisticsTests",
            dependencies: ["HooklineStatistics"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "StorageTests",
            dependencies: [
                "HooklinePrimitives", "HooklineStorage", "HooklineStorageSQLite", "HooklineStoragePostgres",
                "HooklineStorageTestSupport", "CLibPQ",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EventsTests",
            dependencies: [
                "HooklinePrimitives", "HooklineStorage", "HooklineEvents", "HooklineStorageTestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ExperimentsTests",
            dependencies: [
                "HooklinePrimitives", "HooklineStatistics", "HooklineStorage", "HooklineEvents", "HooklineExperiments",
                "HooklineStorageTestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WebhooksTests",
            dependencies: [
                "HooklinePrimitives", "HooklineStorage", "HooklineEvents", "HooklineWebhooks",
                "HooklineStorageTestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "HooklinePrimitives", "HooklineStorage", "HooklineEvents", "HooklineExperiments", "HooklineWebhooks",
                "HooklineServer",
                "HooklineApp", "HooklineStorageTestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AppTests",
            dependencies: [
                "HooklinePrimitives", "HooklineStorage", "HooklineEvents", "HooklineExperiments", "HooklineServer",
                "HooklineApp", "HooklineStorageTestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CLITests",
            dependencies: [
                "HooklineCLI", "HooklineApp", "HooklinePrimitives", "HooklineStatistics", "HooklineExperiments",
                "HooklineWebhooks",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
