import DreamO
import Flux
import Generation
import Imaging
import Testing

/// What a request becomes for a model, and which requests are refused.
struct SettingsTests {
    static let description: ModelDescription = {
        var description = ModelDescription(system: "dreamo", files: .init(flux: "f", autoencoder: "a", t5: "t", clip: "c", dreamo: "d"))
        description.defaults.steps = 12
        return description
    }()

    private func settings(_ change: (inout GenerationRequest) -> Void = { _ in }) throws -> DreamOSettings {
        var request = GenerationRequest(prompt: "a cup")
        change(&request)
        return try DreamOSettings(request, Self.description)
    }

    private func problem(_ change: (inout GenerationRequest) -> Void) -> String {
        do {
            _ = try settings(change)
            return ""
        } catch {
            return "\(error)"
        }
    }

    private func references(_ roles: Reference.Role..., slots: [Int?] = []) -> [Reference] {
        roles.enumerated().map { index, role in
            Reference(
                role: role, name: "\(index).png", image: PixelImage(width: 1, height: 1, layout: .rgb, pixels: [0, 0, 0]),
                slot: index < slots.count ? slots[index] : nil)
        }
    }

    @Test func defaultsAreTheOfficialOnes() throws {
        let settings = try settings()
        let picture = settings.picture
        #expect((picture.grid.rows, picture.grid.columns, picture.stepCount, picture.guidance) == (64, 64, 12, 4.5))
        #expect(settings.firstStepGuidance == 4.5 && picture.referenceSize == 512 && settings.negative == nil && picture.notes.isEmpty)
        #expect(picture.posteriorSeed == 0 && picture.request.noiseDevice == .cpu)
    }

    @Test func theFirstStepsGuidanceFollowsTheOthersUnlessTold() throws {
        #expect(try settings { $0.guidance = 3 }.firstStepGuidance == 3)
        #expect(try settings { ($0.guidance, $0.firstStepGuidance) = (3, 0) }.firstStepGuidance == 3)
        #expect(try settings { ($0.guidance, $0.firstStepGuidance) = (3, 1) }.firstStepGuidance == 1)
    }

    @Test func trueGuidanceNeedsScaleNegativeAndSteps() throws {
        #expect(try settings { $0.trueCFG = 2 }.negative == nil)
        #expect(try settings { ($0.trueCFG, $0.negativePrompt) = (1, "rain") }.negative == nil)
        let all = try settings { ($0.trueCFG, $0.negativePrompt) = (2, "") }
        #expect(text(all.negative) == "|2.0|3.5|0..<12")
        let window = try settings { ($0.trueCFG, $0.negativePrompt, $0.cfgWindow, $0.negativeGuidance) = (2, "rain", 1..<40, 2) }
        #expect(text(window.negative) == "rain|2.0|2.0|1..<12")
        let none = try settings { ($0.trueCFG, $0.negativePrompt, $0.cfgWindow) = (2, "rain", 3..<3) }
        #expect(none.negative == nil && none.picture.notes.contains { $0.contains("--cfg-window") })
    }

    @Test func noNegativePromptStaysNone() throws {
        #expect(try settings().picture.request.negativePrompt == nil)
        #expect(try settings { $0.negativePrompt = "" }.picture.request.negativePrompt == "")
        #expect(try settings { $0.negativePrompt = "rain" }.picture.notes.count == 1)
    }

    private func text(_ negative: DreamOSettings.Negative?) -> String? {
        negative.map { "\($0.prompt)|\($0.scale)|\($0.guidance)|\($0.steps)" }
    }

    @Test func placesAreNumbersUnlessTold() throws {
        #expect(try settings { $0.references = references(.face, .garment) }.slots == [1, 2])
        #expect(try settings { $0.references = references(.face, .garment, slots: [2, 5]) }.slots == [2, 5])
        #expect(problem { $0.references = references(.face, .garment, slots: [2, nil]) }.contains("1.png with the number 2"))
        #expect(problem { $0.references = references(.face, slots: [10]) }.contains("from 1 to 9"))
        #expect(problem { $0.references = references(.face, slots: [0]) }.contains("number 0"))
    }

    @Test func aStyleStandsAlone() throws {
        let alone = try settings { $0.references = references(.style) }
        #expect(alone.picture.notes.contains { $0.contains("generate a same style image") })
        #expect(try settings { ($0.prompt, $0.references) = ("Generate a same style image. A hut", references(.style)) }.picture.notes.isEmpty)
        #expect(problem { $0.references = references(.subject, .style) }.contains("1.png"))
        #expect(problem { $0.references = references(.style, .style) }.contains("USO"))
    }

    @Test func numbersWithoutReferencesAreRemarkedOn() throws {
        let notes = try settings { ($0.prompt, $0.references) = ("[ref#1] and [ref#2]", references(.subject)) }.picture.notes
        #expect(notes.contains { $0.contains("[ref#2]") } && !notes.contains { $0.contains("[ref#1]") })
    }

    @Test func impossibleRequestsNameTheValue() {
        #expect(problem { $0.positions = .w }.contains("'w'"))
        #expect(problem { $0.keepsSize = true }.contains("--keep-size"))
        #expect(problem { ($0.width, $0.height) = (16, 8) }.contains("height is 8"))
        #expect(problem { $0.firstStepGuidance = .nan }.contains("first-step-guidance"))
        #expect(problem { $0.negativeGuidance = -1 }.contains("negative-guidance is -1"))
        #expect(problem { $0.cfgWindow = -2..<3 }.contains("cfg-window is -2"))
    }
}
