import Flux
import Generation
import Imaging
import Testing
import USO

/// What a request becomes for USO, and which requests are refused.
struct SettingsTests {
    static let description = ModelDescription(
        system: "uso", files: .init(flux: "f", autoencoder: "a", t5: "t", clip: "c", projector: "p", siglip: "s"))

    private func request(_ roles: [Reference.Role], _ change: (inout GenerationRequest) -> Void = { _ in }) -> GenerationRequest {
        var request = GenerationRequest(prompt: "a cup")
        request.references = roles.enumerated().map { index, role in
            Reference(role: role, name: "\(index).png", image: PixelImage(width: 40, height: 20, layout: .gray, pixels: Array(repeating: 0, count: 800)))
        }
        change(&request)
        return request
    }

    private func problem(_ request: GenerationRequest, _ description: ModelDescription = description) -> String {
        do {
            _ = try PictureSettings.uso(request, description)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func officialDefaultsFillIn() throws {
        let settings = try PictureSettings.uso(request([.subject]), Self.description)
        #expect((settings.request.width, settings.request.height) == (1024, 1024))
        #expect((settings.stepCount, settings.guidance, settings.referenceSize, settings.trueCFG) == (25, 4, 512, 1))
        #expect(settings.request.noiseType == .bfloat16)
    }

    @Test(arguments: [[], [.subject], [.face], [.style], [.style, .style], [.face, .style], [.style, .subject, .style]] as [[Reference.Role]])
    func rolesInAnyOrderAreTaken(roles: [Reference.Role]) throws {
        let request = request(roles)
        #expect(problem(request).isEmpty)
        #expect(request.contentReference?.role == roles.first { $0 != .style })
        #expect(request.styleReferences.count == roles.count { $0 == .style })
    }

    @Test func whatUSOCannotDoNamesTheSystemThatCan() {
        let garment = problem(request([.garment]))
        #expect(garment.contains("'garment'") && garment.contains("0.png") && garment.contains("DreamO") && !garment.contains("UNO"))
        let contents = problem(request([.subject, .face]))
        #expect(contents.contains("0.png, 1.png") && contents.contains("UNO") && contents.contains("DreamO"))
        #expect(problem(request([.style, .style, .style])).contains("two style pictures"))
    }

    @Test func styleNeedsItsFiles() {
        var description = Self.description
        description.files.projector = nil
        #expect(problem(request([.style]), description).contains("files.projector"))
        #expect(problem(request([.subject]), description).isEmpty)
    }

    @Test func emptyPromptKeepsTheLayoutOfTheContent() throws {
        let kept = try PictureSettings.uso(request([.subject]) { $0.prompt = "" }, Self.description)
        #expect(kept.notes.isEmpty)
        let idle = try PictureSettings.uso(request([.style]) { $0.prompt = "" }, Self.description)
        #expect(idle.notes.contains { $0.contains("prompt") })
    }

    @Test func keptSizeFollowsTheContent() throws {
        let settings = try PictureSettings.uso(request([.style, .subject]) { ($0.keepsSize, $0.width) = (true, 64) }, Self.description)
        #expect((settings.request.width, settings.request.height) == (1024, 512))
        #expect(!settings.request.keepsSize)
        #expect(problem(request([.style]) { $0.keepsSize = true }).contains("keep-size"))
        #expect(problem(request([.subject]) { ($0.keepsSize, $0.referenceSize) = (true, 16) }).contains("keep-size"))
    }
}
