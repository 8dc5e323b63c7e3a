// swift-tools-version: 6.1
import PackageDescription

/// Where `scripts/bootstrap` links libtorch. Programs look for its libraries here, and beside themselves when installed.
let libtorch = "\(Context.packageDirectory)/.libtorch"

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Run path for programs. Library targets carry no unsafe flags, so packages can depend on them by version.
let runPath: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "-rpath=\(libtorch)/lib", "-Xlinker", "-rpath=$ORIGIN/../lib"])
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
        resources: resources, swiftSettings: settings, linkerSettings: runPath)
}

let package = Package(
    name: "atelier",
    products: [
        .executable(name: "atelier", targets: ["CLI"]),
        .library(name: "Atelier", targets: ["UNO", "USO", "DreamO", "UniToken", "Flux", "VisionModels", "TextEncoders", "Layers", "Checkpoints", "Torch", "Generation", "Imaging", "Tokenizers", "World"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        // Foundations: libtorch, libvips and sentencepiece behind small C interfaces.
        .systemLibrary(name: "CLibTorch", pkgConfig: "atelier-libtorch"),
        .target(name: "CTorch", dependencies: ["CLibTorch"]),
        .systemLibrary(name: "CVips", pkgConfig: "atelier-vips", providers: [.apt(["libvips-dev"])]),
        .target(name: "CSentencePiece"),

        library("Torch", ["CTorch"]),
        library("Checkpoints", ["Torch"]),
        library("Layers", ["Torch", "Checkpoints"]),
        library("Tokenizers", ["CSentencePiece"]),
        library("Imaging", ["CVips"]),
        library("Generation", ["Imaging"]),
        library("World", ["Imaging"]),
        library("Datasets", ["World", "Imaging"]),
        library("TextEncoders", ["Layers", "Checkpoints", "Torch", "Tokenizers"]),
        library("Flux", ["Layers", "Checkpoints", "Torch", "TextEncoders", "Tokenizers", "Imaging", "Generation"]),
        library("UNO", ["Flux", "TextEncoders", "Layers", "Checkpoints", "Torch", "Imaging", "Generation"]),
        library("Readers", ["Layers", "Checkpoints", "Torch", "World", "Imaging"]),
        library("VisionModels", ["Layers", "Checkpoints", "Torch", "Imaging"]),
        library("USO", ["Flux", "VisionModels", "TextEncoders", "Layers", "Checkpoints", "Torch", "Imaging", "Generation"]),
        library("DreamO", ["Flux", "VisionModels", "TextEncoders", "Layers", "Checkpoints", "Torch", "Imaging", "Generation"]),
        library(
            "UniToken",
            ["VisionModels", "Layers", "Checkpoints", "Torch", "Tokenizers", "Imaging", "Generation", .product(name: "Yams", package: "Yams")]),
        library(
            "Training",
            ["UNO", "Flux", "TextEncoders", "Readers", "Layers", "Checkpoints", "Torch", "Tokenizers", "Datasets", "World", "Imaging", "Generation",
             .product(name: "Yams", package: "Yams")]),
        library("Synthesis", ["Datasets", "Readers", "Torch", "World", "Imaging", "Generation"]),
        library("Evaluation", ["Flux", "Readers", "Checkpoints", "Torch", "World", "Imaging", "Generation"]),
        library(
            "ModelHub",
            [.product(name: "AsyncHTTPClient", package: "async-http-client"), .product(name: "Crypto", package: "swift-crypto"),
             .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio")]),
        .executableTarget(
            name: "CLI",
            dependencies: [
                "UNO", "USO", "DreamO", "UniToken", "Flux", "VisionModels", "TextEncoders", "Layers", "Checkpoints", "Torch", "Tokenizers", "Generation", "Imaging", "ModelHub",
                "Training", "Evaluation", "Synthesis", "Datasets", "World",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings, linkerSettings: runPath),

        .target(name: "TestSupport", dependencies: ["Torch", "Checkpoints", "Imaging"], path: "Tests/TestSupport", swiftSettings: settings),
        tests("Torch"),
        tests("Checkpoints", ["Torch"]),
        tests("Layers", ["Checkpoints", "Torch"]),
        tests("Tokenizers"),
        tests("Imaging"),
        tests("Generation", ["Imaging"]),
        tests("World", ["Imaging", "Tokenizers"]),
        tests("Datasets", ["World", "Imaging"]),
        tests("TextEncoders", ["Tokenizers", "Layers", "Checkpoints", "Torch"]),
        tests("Flux", ["TextEncoders", "Layers", "Checkpoints", "Torch", "Imaging", "Generation"]),
        tests("UNO", ["Flux", "TextEncoders", "Layers", "Checkpoints", "Torch", "Imaging", "Generation"]),
        tests("Training", ["TextEncoders", "UNO", "Flux", "Layers", "Checkpoints", "Torch", "Datasets", "World", "Imaging", "Generation"]),
        tests("Readers", ["Imaging"]),
        tests("VisionModels", ["Layers", "Checkpoints", "Torch", "Imaging"]),
        tests("USO", ["Flux", "VisionModels", "TextEncoders", "Layers", "Checkpoints", "Torch", "Imaging", "Generation"]),
        tests("DreamO", ["Flux", "VisionModels", "TextEncoders", "Tokenizers", "Layers", "Checkpoints", "Torch", "Imaging", "Generation"]),
        tests("UniToken", ["VisionModels", "Layers", "Checkpoints", "Torch", "Tokenizers", "Imaging", "Generation"]),
        tests("Synthesis", ["Datasets", "World", "Imaging", "Generation"]),
        tests("Evaluation", ["Readers", "Checkpoints", "Torch", "World", "Imaging", "Generation"]),
        tests("ModelHub", [.product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "Crypto", package: "swift-crypto")]),
        tests("CLI", ["Checkpoints", "Torch", "Imaging"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)
