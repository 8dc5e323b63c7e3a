/// How far a model's timesteps are shifted towards noise, under the names of diffusers' `scheduler_config.json`.
public struct SchedulerConfiguration: Decodable, Sendable, Equatable {
    /// Shift at `baseTokenCount` and at `maxTokenCount` tokens, in between and beyond along the line through both.
    public var baseShift = 0.5, maxShift = 1.15
    public var baseTokenCount = 256, maxTokenCount = 4096
    /// Whether the shift depends on the picture's tokens; otherwise it is `shift` for all.
    public var isDynamic = true
    public var shift = 3.0

    /// FLUX.1-dev.
    public static let flux = SchedulerConfiguration()

    public init() {}

    enum CodingKeys: String, CodingKey {
        case baseShift = "base_shift"
        case maxShift = "max_shift"
        case baseTokenCount = "base_image_seq_len"
        case maxTokenCount = "max_image_seq_len"
        case isDynamic = "use_dynamic_shifting"
        case shift
        case kind = "time_shift_type"
    }

    /// Absent values are the defaults of diffusers' `FlowMatchEulerDiscreteScheduler`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        baseShift = try values.decodeIfPresent(Double.self, forKey: .baseShift) ?? 0.5
        maxShift = try values.decodeIfPresent(Double.self, forKey: .maxShift) ?? 1.15
        baseTokenCount = try values.decodeIfPresent(Int.self, forKey: .baseTokenCount) ?? 256
        maxTokenCount = try values.decodeIfPresent(Int.self, forKey: .maxTokenCount) ?? 4096
        isDynamic = try values.decodeIfPresent(Bool.self, forKey: .isDynamic) ?? false
        shift = try values.decodeIfPresent(Double.self, forKey: .shift) ?? 1
        let kind = try values.decodeIfPresent(String.self, forKey: .kind) ?? "exponential"
        let numbers = [baseShift, maxShift, shift]
        guard kind == "exponential", numbers.allSatisfy({ 0...1000 ~= $0 }), 1..<(1 << 30) ~= baseTokenCount, baseTokenCount + 1..<(1 << 31) ~= maxTokenCount else {
            throw DecodingError.dataCorrupted(.init(
                codingPath: values.codingPath, debugDescription: "a shift is not a number from 0 to 1000, a token count is none, or time_shift_type is not 'exponential'"))
        }
    }
}
