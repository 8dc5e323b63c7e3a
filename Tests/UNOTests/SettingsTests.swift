import Flux
import Generation
import Imaging
import TestSupport
import Testing
import UNO

/// What a request becomes for a model, and which requests are refused.
struct SettingsTests {
    static let description: ModelDescription = {
        var description = ModelDescription(system: "uno", files: .init(flux: "f", autoencoder: "a", t5: "t", clip: "c"))
        description.defaults.steps = 25
        return description
    }()

    private func request(_ change: (inout GenerationRequest) -> Void = { _ in }) -> GenerationRequest {
        var request = GenerationRequest(prompt: "a cup")
        change(&request)
        return request
    }

    private func references(_ count: Int) -> [Reference] {
        (0..<count).map { Reference(name: "\($0).png", image: PixelImage(width: 1, height: 1, layout: .rgb, pixels: [0, 0, 0])) }
    }

    private func problem(_ request: GenerationRequest) -> String {
        do {
            _ = try PictureSettings.uno(request, Self.description)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func sizesAreRoundedDownAndSaidSo() throws {
        let settings = try PictureSettings.uno(request { ($0.width, $0.height) = (75, 100) }, Self.description)
        #expect(settings.grid == TokenGrid(rows: 6, columns: 4))
        #expect((settings.request.width, settings.request.height) == (64, 96))
        #expect(settings.notes.contains { $0.contains("75x100") && $0.contains("64x96") })
        #expect(try PictureSettings.uno(request { ($0.width, $0.height) = (64, 96) }, Self.description).notes.isEmpty)
    }

    @Test(arguments: [(0, 320), (1, 512), (2, 320), (4, 320)])
    func longSideOfReferencesIsTheOfficialOne(count: Int, side: Int) throws {
        #expect(try PictureSettings.uno(request { $0.references = references(count) }, Self.description).referenceSize == side)
    }

    @Test func moreThanFourReferencesAreANoteNotAnError() throws {
        let notes = try PictureSettings.uno(request { $0.references = references(5) }, Self.description).notes
        #expect(notes.contains { $0.contains("5") })
    }

    @Test func thePosteriorIsSeededWithTheSeedUnlessTold() throws {
        #expect(try PictureSettings.uno(request { $0.seed = 9 }, Self.description).posteriorSeed == 9)
        #expect(try PictureSettings.uno(request { ($0.seed, $0.posterior) = (9, .seeded(4)) }, Self.description).posteriorSeed == 4)
        #expect(try PictureSettings.uno(request { $0.posterior = .mean }, Self.description).posteriorSeed == nil)
    }

    @Test func impossibleRequestsNameTheValue() throws {
        #expect(problem(request { $0.prompt = " \n" }).contains("prompt"))
        #expect(problem(request { $0.width = 15 }).contains("width is 15"))
        #expect(problem(request { $0.height = 100_000 }).contains("height is 100000"))
        #expect(problem(request { $0.stepCount = 0 }).contains("steps is 0"))
        #expect(problem(request { $0.stepCount = 10_000 }).contains("steps is 10000"))
        #expect(problem(request { $0.guidance = .nan }).contains("guidance"))
        #expect(problem(request { $0.prompt = String(repeating: "a", count: 100_000) }).contains("100000 bytes"))
        #expect(problem(request { $0.cfgWindow = 0..<2 }).contains("--cfg-window"))
        #expect(problem(request { $0.firstStepGuidance = 2 }).contains("DreamO"))
        var styled = references(1)
        styled[0].role = .style
        #expect(problem(request { $0.references = styled }).contains("'style'"))
    }

    struct Lengths: Decodable {
        let pipeline_seq_len: [Case]

        struct Case: Decodable {
            let width, height, image_seq_len_given_to_get_schedule: Int
        }
    }

    @Test(.enabled(if: Golden.isAvailable("sampling"), Golden.absence))
    func shiftCountsTokensAsTheOfficialPipeline() throws {
        for test in try Golden("sampling").decoded("cases.json", as: Lengths.self).pipeline_seq_len {
            let settings = try PictureSettings.uno(request { ($0.width, $0.height) = (test.width, test.height) }, Self.description)
            #expect(InferenceShift.tokenCount(settings.grid, .flux) == test.image_seq_len_given_to_get_schedule)
        }
        var other = AutoEncoderConfiguration.flux
        other.channelMultipliers = [1, 2, 4]
        #expect(InferenceShift.tokenCount(TokenGrid(rows: 8, columns: 8), other) == 64)
    }
}
