import Checkpoints
import Imaging
import TestSupport
import Testing
import Torch
import VisionModels

/// RetinaFace, BiSeNet, alignment and whitening against the official programs (`golden/face`).
struct FaceGoldenTests {
    static func detector() throws -> RetinaFace {
        try RetinaFace.load(Checkpoint.open(Golden("face").path("detection_Resnet50_Final.safetensors"))).model
    }

    static func parser() throws -> BiSeNet {
        try BiSeNet.load(Checkpoint.open(Golden("face").path("parsing_bisenet.safetensors"))).model
    }

    /// What the detector is made to say of the set's photo: faces with a meaning.
    static func spoken() throws -> RetinaFace.Output {
        let tensors = try Golden("face").tensors("tensors.safetensors")
        return try RetinaFace.Output(locations: tensors["syn_loc"], scores: tensors["syn_conf"], landmarks: tensors["syn_landms"])
    }

    @Test(.enabled(if: Golden.isAvailable("face"), Golden.absence))
    func theDetectorMatchesTheOfficialOne() throws {
        let golden = try Golden("face")
        let expected = try golden.tensors("tensors.safetensors")
        let input = try RetinaFace.input(of: golden.picture("photo.png"))
        try expectClose(input, expected["det_input"], .exact, "det_input")
        let output = try Self.detector()(input)
        try expectClose(output.locations, expected["det_loc"], .golden(1e-4), "det_loc")
        try expectClose(output.scores, expected["det_conf"], .golden(1e-4), "det_conf")
        try expectClose(output.landmarks, expected["det_landms"], .golden(1e-4), "det_landms")
    }

    @Test(.enabled(if: Golden.isAvailable("face"), Golden.absence))
    func boxesAreDecodedAndSuppressedAsInTheOfficialProgram() throws {
        let golden = try Golden("face")
        let expected = try golden.tensors("tensors.safetensors")
        let size = try golden.picture("photo.png").size
        let priors = PriorBox.all(for: size).flatMap { [$0.x, $0.y, $0.width, $0.height] }
        try expectClose(Tensor(priors, shape: [priors.count / 4, 4]), expected["priors"], .absolute(1e-7), "priors")
        let (boxes, landmarks) = try Self.spoken().decoded(size: size)
        try expectClose(Tensor(boxes.flatMap(\.self), shape: [boxes.count, 4]), expected["decoded_boxes_normalised"], .absolute(1e-5), "boxes")
        try expectClose(
            Tensor(landmarks.flatMap(\.self), shape: [boxes.count, 10]), expected["decoded_landms_normalised"], .absolute(1e-5), "landmarks")
        for (threshold, key) in [(0.97, "detections"), (0.8, "detections_conf0.8")] as [(Float, String)] {
            let rows = try Self.spoken().faces(size: size, threshold: threshold).flatMap { face in
                [face.left, face.top, face.right, face.bottom, face.score] + face.landmarks.flatMap { [$0.x, $0.y] }
            }
            try expectClose(Tensor(rows, shape: [rows.count / 15, 15]), expected[key], .absolute(1e-3), key)
        }
    }

    @Test(.enabled(if: Golden.isAvailable("face"), Golden.absence))
    func theMostCentralFaceIsAligned() throws {
        let golden = try Golden("face")
        let expected = try golden.tensors("tensors.safetensors")
        let photo = try golden.picture("photo.png")
        let face = try #require(FaceExtractor.mostCentral(try Self.spoken().faces(size: photo.size, threshold: 0.97), in: photo.size))
        try expectClose(
            Tensor([face.left, face.top, face.right, face.bottom, face.score]), expected["center_face_box"], .absolute(1e-3), "box")
        try expectClose(
            Tensor(face.landmarks.flatMap { [$0.x, $0.y] }, shape: [5, 2]), expected["center_landmarks5"], .absolute(1e-3), "landmarks")
        let similarity = try #require(FaceAlignment.estimate(from: face.landmarks)).similarity
        try expectClose(matrix(similarity), expected["affine_matrix"], .relative(1e-5), "matrix")
        let aligned = try #require(try FaceAlignment.aligned(photo, face.landmarks))
        try expectAlmostEqual(aligned, golden.picture("aligned_512.png"), share: 1, level: 1)
    }

    @Test(.enabled(if: Golden.isAvailable("face"), Golden.absence))
    func manySetsOfLandmarksAreAlignedAsByOpenCV() throws {
        let expected = try Golden("face").tensors("tensors.safetensors")
        try expectClose(
            Tensor(FaceAlignment.template.flatMap { [Double($0.x), Double($0.y)] }, shape: [5, 2]), expected["face_template"],
            .float32Operation, "template")
        let values = try expected["align_landmarks"].values(as: Float.self)
        let inliers = try expected["align_inliers"].values(as: UInt8.self)
        for set in 0..<inliers.count / 5 {
            let points = (0..<5).map { DetectedFace.Point(x: values[10 * set + 2 * $0], y: values[10 * set + 2 * $0 + 1]) }
            let estimate = try #require(FaceAlignment.estimate(from: points))
            #expect(estimate.inliers == inliers[5 * set..<5 * set + 5].map { $0 != 0 }, "set \(set)")
            try expectClose(
                matrix(estimate.similarity), expected["align_matrices"].select(dim: 0, index: set), .relative(1e-5), "set \(set)")
        }
    }

    @Test(.enabled(if: Golden.isAvailable("face"), Golden.absence))
    func picturesAreWarpedAsByOpenCV() throws {
        let golden = try Golden("face")
        let m = try golden.tensors("tensors.safetensors")["warp_border_matrix"].values(as: Double.self)
        let warped = try golden.picture("photo.png").rgb().warped(
            by: AffineTransform2D(a: m[0], b: m[1], c: m[2], d: m[3], e: m[4], f: m[5]), to: PixelSize(width: 512, height: 512),
            border: [132, 133, 135])
        try expectAlmostEqual(warped, golden.picture("warp_border_512.png"))
    }

    @Test(.enabled(if: Golden.isAvailable("face"), Golden.absence), arguments: ["square", "wide"])
    func theParserMatchesTheOfficialOne(_ name: String) throws {
        let expected = try Golden("face").tensors("tensors.safetensors")
        let parser = try Self.parser(), input = try expected["parse_\(name)_input"]
        try expectClose(parser(input), expected["parse_\(name)_out"], .golden(2e-4), "out")
        let coarser = try parser.auxiliary(input)
        try expectClose(coarser.out16, expected["parse_\(name)_out16"], .golden(2e-4), "out16")
        try expectClose(coarser.out32, expected["parse_\(name)_out32"], .golden(2e-4), "out32")
    }

    @Test(.enabled(if: Golden.isAvailable("face"), Golden.absence))
    func everythingButTheFaceIsWhitened() throws {
        let golden = try Golden("face")
        let output = try Self.spoken()
        let extractor = FaceExtractor(parser: try Self.parser()) { try output.faces(size: $0.size, threshold: 0.97) }
        let labels = try extractor.labels(golden.picture("aligned_512.png"))
        let expected = try golden.picture("parsing_labels_512.png").pixels
        let wrong = zip(labels, expected).count { $0 != Int64($1) }
        #expect(expected.count == labels.count && Double(wrong) <= 0.001 * Double(expected.count), "\(wrong) labels differ")

        let result = try extractor(golden.picture("photo.png"))
        #expect(result.faceCount == 3)
        try expectAlmostEqual(result.image, golden.picture("face_features_512.png"), share: 0.001, level: 255)
    }

    @Test(.enabled(if: Golden.isAvailable("face"), Golden.absence))
    func thePublishedNetworksHaveEveryTensorOfTheRealFiles() throws {
        let manifest = try Golden("face").path("manifest.json")
        let detection = try ShapeSource(manifest: manifest, component: ["retinaface_resnet50"])
        #expect(RetinaFace.Configuration(of: detection) == .init())
        #expect(try Set(RetinaFace.load(detection).parameters.parameters.map(\.path)) == Set(detection.keys))
        let parsing = try ShapeSource(manifest: manifest, component: ["bisenet"])
        #expect(BiSeNet.Configuration(of: parsing) == .init())
        #expect(try Set(BiSeNet.load(parsing).parameters.parameters.map(\.path)) == Set(parsing.keys))
    }

    private func matrix(_ s: FaceAlignment.Similarity) throws -> Tensor {
        try Tensor([s.a, -s.b, s.tx, s.b, s.a, s.ty], shape: [2, 3])
    }
}
