// swift-tools-version: 6.2
import PackageDescription

/// A target imports only targets that are declared above it here (docs/ARCHITECTURE.md). `scripts/test` builds with
/// `--explicit-target-dependency-import-check error`, so an undeclared import does not compile.
let package = Package(
    name: "nestkv",
    products: [.executable(name: "nestkv", targets: ["nestkv"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // 0: C modules; each has exactly one importer.
        .target(
            name: "CMicroHTTPD", path: "Sources/CLibraries/CMicroHTTPD",
            linkerSettings: [.linkedLibrary("microhttpd")]),
        .target(
            name: "CRocksDB", path: "Sources/CLibraries/CRocksDB",
            linkerSettings: [.linkedLibrary("rocksdb")]),
        .target(
            name: "CNATS", path: "Sources/CLibraries/CNATS",
            linkerSettings: [.linkedLibrary("nats")]),
        .target(
            name: "CHiredis", path: "Sources/CLibraries/CHiredis",
            linkerSettings: [.linkedLibrary("hiredis")]),
        .target(
            name: "CCrypto", path: "Sources/CLibraries/CCrypto",
            linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "COpenAPI", path: "Sources/CLibraries/COpenAPI"),
        .target(
            name: "CPCRE2", path: "Sources/CLibraries/CPCRE2",
            linkerSettings: [.linkedLibrary("pcre2-8")]),

        // 1: libraries that do not depend on nestkv.
        .target(name: "MicroJSON"),
        .target(name: "MicroText"),
        .target(name: "Digests", dependencies: ["MicroText", "CCrypto"]),
        .target(
            name: "JSONSchema", dependencies: ["MicroJSON", "MicroText", "CPCRE2"],
            resources: [.embedInCode("MetaSchemas")]),
        .target(name: "JSONMigration", dependencies: ["MicroJSON"]),
        .target(name: "MicroHTTP", dependencies: ["MicroText", "CMicroHTTPD"]),
        .target(
            name: "PrometheusMetrics", dependencies: [.product(name: "CoreMetrics", package: "swift-metrics")]),

        // 2: the domain; no I/O. Of it, a driver sees only NestKVStorage: the model, the port and a tool box.
        .target(
            name: "NestKVStorage",
            dependencies: [
                "Digests", "MicroJSON", "MicroText",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "NestKVCore",
            dependencies: [
                "NestKVStorage", "Digests", "JSONMigration", "JSONSchema", "MicroJSON", "MicroText",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "DequeModule", package: "swift-collections"),
            ]),

        .target(
            name: "NestKVEvents",
            dependencies: [
                "NestKVStorage", "NestKVCore", "MicroJSON", "MicroText",
                .product(name: "Logging", package: "swift-log"),
            ]),

        // 3: adapters; they never import one another.
        .target(
            name: "MemoryDriver",
            dependencies: [
                "NestKVStorage", "MicroJSON", .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            path: "Sources/Drivers/MemoryDriver"),
        .target(
            name: "RocksDBDriver",
            dependencies: [
                "NestKVStorage", "Digests", "MicroJSON", "MicroText", "CRocksDB",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/Drivers/RocksDBDriver"),
        .target(
            name: "NATSDriver",
            dependencies: [
                "NestKVStorage", "MicroJSON", "MicroText", "CNATS",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/Drivers/NATSDriver"),
        .target(
            name: "RedisDriver",
            dependencies: [
                "NestKVStorage", "Digests", "MicroJSON", "MicroText", "CHiredis",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/Drivers/RedisDriver", resources: [.embedInCode("Scripts")]),
        .target(
            name: "NestKVAPI",
            dependencies: [
                "NestKVStorage", "NestKVCore", "NestKVEvents", "JSONSchema", "MicroJSON", "MicroText", "MicroHTTP",
                "COpenAPI", .product(name: "Logging", package: "swift-log"),
            ]),

        // The client on the command line. It knows the server by its HTTP interface only.
        .target(
            name: "NestKVCommands",
            dependencies: [
                "NestKVStorage", "NestKVCore", "Digests", "JSONSchema", "MicroJSON", "MicroText",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // 4: the composition.
        .executableTarget(
            name: "nestkv",
            dependencies: [
                "NestKVStorage", "NestKVCore", "NestKVAPI", "NestKVCommands", "JSONMigration", "JSONSchema",
                "MicroHTTP", "MicroJSON", "MicroText", "MemoryDriver", "RocksDBDriver", "RedisDriver", "NATSDriver",
                "PrometheusMetrics",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
            ]),

        // `scripts/openapi` makes `openapi/openapi.json` with it. The service doesn't need it.
        .executableTarget(
            name: "openapi-json", dependencies: ["MicroJSON", .product(name: "Yams", package: "Yams")],
            path: "Sources/Tools/openapi-json"),

        .testTarget(
            name: "NestKVAPITests",
            dependencies: [
                "NestKVAPI", "NestKVStorage", "NestKVCore", "MicroHTTP", "MicroJSON", "TestSupport",
                .product(name: "Yams", package: "Yams"),
            ]),

        // Tests: a folder for each target, and libraries for what several of them share.
        .testTarget(name: "MicroJSONTests", dependencies: ["MicroJSON", "TestSupport"]),
        .testTarget(name: "MicroTextTests", dependencies: ["MicroText"]),
        .testTarget(name: "DigestsTests", dependencies: ["Digests"]),
        .testTarget(name: "JSONSchemaTests", dependencies: ["JSONSchema", "MicroJSON"], exclude: ["pairs.py"]),
        .testTarget(name: "JSONMigrationTests", dependencies: ["JSONMigration", "MicroJSON", "TestSupport"]),
        .testTarget(name: "MicroHTTPTests", dependencies: ["MicroHTTP", "TestSupport"]),
        .testTarget(
            name: "PrometheusMetricsTests",
            dependencies: ["PrometheusMetrics", .product(name: "CoreMetrics", package: "swift-metrics")]),
        .testTarget(
            name: "NestKVStorageTests", dependencies: ["NestKVStorage", "MicroJSON", "MicroText", "TestSupport"]),
        .testTarget(
            name: "NestKVCoreTests",
            dependencies: [
                "NestKVStorage", "NestKVCore", "MemoryDriver", "MicroJSON", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "DriverConformance",
            dependencies: [
                "NestKVStorage", "NestKVCore", "MicroJSON", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/DriverConformance"),
        .testTarget(name: "MemoryDriverTests", dependencies: ["MemoryDriver", "DriverConformance", "NestKVStorage"]),
        .testTarget(
            name: "RocksDBDriverTests",
            dependencies: [
                "RocksDBDriver", "DriverConformance", "TestSupport", "NestKVStorage", "MicroJSON", "CRocksDB",
            ]),
        .testTarget(
            name: "NATSDriverTests",
            dependencies: [
                "NATSDriver", "DriverConformance", "TestSupport", "NestKVStorage", "MicroJSON", "CNATS", "CCrypto",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "RedisDriverTests",
            dependencies: [
                "RedisDriver", "DriverConformance", "NestKVStorage", "MicroJSON", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "NestKVEventsTests",
            dependencies: [
                "NestKVEvents", "NestKVStorage", "NestKVCore", "MemoryDriver", "MicroJSON",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(name: "TidyTests"),
        .target(name: "TestSupport", dependencies: ["NestKVStorage", "MicroJSON"], path: "Tests/TestSupport"),
        .testTarget(
            name: "BlackBoxTests",
            dependencies: [
                "TestSupport", "MicroHTTP", "MicroJSON", "MicroText", "NestKVStorage", "NestKVCore", "NestKVAPI",
                "RocksDBDriver", "NestKVCommands", "nestkv",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)

// An async function runs on its caller's executor: a request that never waits never leaves its HTTP thread.
for target in package.targets {
    target.swiftSettings = (target.swiftSettings ?? []) + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]
}

// `scripts/test` sets this: it makes warnings in our own code errors. Elsewhere, a newer compiler may warn.
if Context.environment["NESTKV_WARNINGS_AS_ERRORS"] != nil {
    for target in package.targets {
        target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
        target.cSettings = (target.cSettings ?? []) + [.treatAllWarnings(as: .error)]
    }
}
