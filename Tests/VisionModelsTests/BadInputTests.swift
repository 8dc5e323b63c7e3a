import Checkpoints
import Imaging
import TestSupport
import Testing
import Torch
import VisionModels

/// Pictures without faces or subjects, pictures of one pixel, files of other networks.
struct BadInputTests {
    private static let face = DetectedFace(left: 0, top: 0, right: 10, bottom: 10, score: 0.99, landmarks: FaceAlignment.template)

    private func picture(_ width: Int, _ height: Int, _ level: UInt8 = 90) -> PixelImage {
        PixelImage(width: width, height: height, layout: .rgb, pixels: [UInt8](repeating: level, count: 3 * width * height))
    }

    private func extractor(_ faces: [DetectedFace]) throws -> FaceExtractor {
        let parser = try BiSeNet(.init(planes: 8, depths: [1, 1, 1, 1]), at: .random(seed: 1, dtype: .float32))
        return FaceExtractor(parser: parser) { _ in faces }
    }

    @Test func aPictureWithoutAFaceIsNamed() throws {
        let error = #expect(throws: VisionError.self) { try extractor([])(picture(64, 64), name: "beach.jpg") }
        #expect(error == .noFace(picture: "beach.jpg"))
        #expect(error?.description.hasPrefix("No face was found in beach.jpg.") == true)
    }

    @Test func aFaceInOnePointIsRefused() throws {
        var flat = Self.face
        flat.landmarks = Array(repeating: .init(x: 3, y: 4), count: 5)
        #expect(throws: VisionError.degenerateFace(picture: "dot.png")) { try extractor([flat])(picture(64, 64), name: "dot.png") }
    }

    @Test func landmarksThatAreNoNumbersAreRefused() throws {
        var broken = Self.face
        broken.landmarks[2].x = .nan
        #expect(throws: VisionError.degenerateFace(picture: "nan.png")) { try extractor([broken])(picture(64, 64), name: "nan.png") }
    }

    @Test func theMostCentralOfSeveralFacesIsTaken() {
        var faces = [Self.face, Self.face, Self.face]
        for (index, left) in [0, 42, 80].enumerated() { (faces[index].left, faces[index].right) = (Float(left), Float(left) + 10) }
        #expect(FaceExtractor.mostCentral(faces, in: PixelSize(width: 100, height: 10)) == faces[1])
        #expect(FaceExtractor.mostCentral([faces[0], faces[0]], in: PixelSize(width: 100, height: 10)) == faces[0])
        #expect(FaceExtractor.mostCentral([], in: PixelSize(width: 100, height: 10)) == nil)
    }

    @Test(arguments: [(1, 1), (1, 40), (33, 7), (65, 64)])
    func theDetectorTakesPicturesOfAnySize(_ width: Int, _ height: Int) throws {
        let detector = try RetinaFace(.init(planes: 4, depths: [1, 1, 1, 1], width: 8), at: .random(seed: 2, dtype: .float32))
        #expect(try detector.faces(in: picture(width, height)).isEmpty)
    }

    @Test(arguments: [[1, 3, 500, 512], [1, 3, 256, 256], [1, 1, 512, 512], [3, 512, 512]])
    func sizesThatDoNotDivideAreRefused(_ shape: [Int]) throws {
        let network = try BEN2(Self.tiny, at: .random(seed: 3, dtype: .float32))
        #expect(throws: VisionError.self) { try network(Tensor.zeros(shape)) }
    }

    @Test func aPictureInWhichNothingStandsOutIsRefused() throws {
        // Without weights every pixel gets the same answer.
        let remover = BackgroundRemover(try BEN2(Self.tiny, at: .zeros()), inputSize: PixelSize(width: 384, height: 384))
        #expect(throws: VisionError.noSubject(picture: "fog.png")) { try remover(picture(5, 3), name: "fog.png") }
    }

    @Test func aPictureOfOnePixelHasNoSubject() throws {
        let remover = BackgroundRemover(
            try BEN2(Self.tiny, at: .random(seed: 4, dtype: .float32)), inputSize: PixelSize(width: 384, height: 384))
        #expect(throws: VisionError.noSubject(picture: "dot.png")) { try remover(picture(1, 1), name: "dot.png") }
    }

    @Test func filesOfOtherNetworksAreRefusedWithTheirKeys() throws {
        let source = ShapeSource(location: "other.safetensors", tensors: [("cp.resnet.bn1.bias", .init(dtype: .float32, shape: [64]))])
        for load in [{ _ = try BEN2.load(source) }, { _ = try RetinaFace.load(source) }, { _ = try BiSeNet.load(source) }] {
            let error = #expect(throws: CheckpointError.self) { try load() }
            #expect(error?.description.contains("'other.safetensors' does not match the model.") == true)
        }
    }

    @Test func sizesThatMakeNoSenseAreNotBelieved() throws {
        let source = ShapeSource(location: "lying.safetensors", tensors: [
            ("backbone.layers.0.blocks.0.norm1.weight", .init(dtype: .float32, shape: [1])),
            ("backbone.layers.0.blocks.0.attn.relative_position_bias_table", .init(dtype: .float32, shape: [528, 3])),
            ("output5.0.bias", .init(dtype: .float32, shape: [0])),
        ])
        let configuration = BEN2Configuration(of: source)
        #expect(configuration.headCounts == BEN2Configuration.base.headCounts && configuration.windowSize == 12 && configuration.width == 128)
    }

    private static let tiny = BEN2Configuration(
        embedDim: 8, depths: [1, 2, 1, 1], headCounts: [1, 1, 2, 2], windowSize: 12, width: 8, maskWidth: 8)
}
