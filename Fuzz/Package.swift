// swift-tools-version: 6.1
import PackageDescription

// Apart from the main package, so that no ordinary build is instrumented. The links in Sources lead to the code under test.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "atelier-fuzz",
    targets: [
        .systemLibrary(name: "CVips", pkgConfig: "atelier-vips", providers: [.apt(["libvips-dev"])]),
        .target(name: "Imaging", dependencies: ["CVips"], swiftSettings: settings),
        .executableTarget(name: "ImageDoor", dependencies: ["Imaging"], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
