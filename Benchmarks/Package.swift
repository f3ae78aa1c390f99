// swift-tools-version: 6.2
import PackageDescription

/// As in the product's manifest.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
]

let package = Package(
    name: "hookline-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "hookline", path: ".."),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CEpoll"),
        .executableTarget(
            name: "HooklineBenchmarks",
            dependencies: [
                "CEpoll",
                .product(name: "HooklinePrimitives", package: "hookline"),
                .product(name: "HooklineStatistics", package: "hookline"),
                .product(name: "HooklineStorage", package: "hookline"),
                .product(name: "HooklineStorageSQLite", package: "hookline"),
                .product(name: "HooklineEvents", package: "hookline"),
                .product(name: "HooklineExperiments", package: "hookline"),
                .product(name: "HooklineWebhooks", package: "hookline"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
