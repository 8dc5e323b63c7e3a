import DreamO
import Flux
import TestSupport
import Testing

/// DreamO's noise levels against those of the official scheduler.
struct ScheduleTests {
    struct Case: Decodable {
        let steps, image_seq_len: Int
        let mu: Double
        let sigmas: [Float]
        let timesteps: [Float]
    }

    @Test(.enabled(if: Golden.isAvailable("dreamo-e2e"), Golden.absence)) func levelsAreEqualBitForBit() throws {
        let cases = try Golden("dreamo-e2e").decoded("schedules.json", as: [Case].self)
        #expect(cases.count > 2)
        for test in cases {
            #expect(abs(DreamOSchedule.mu(test.image_seq_len, .flux) - test.mu) < 1e-12)
            let sigmas = DreamOSchedule.sigmas(stepCount: test.steps, tokenCount: test.image_seq_len, .flux)
            #expect(sigmas == test.sigmas)
            #expect(sigmas.dropLast().map { $0 * 1000 } == test.timesteps)
        }
    }

    @Test func oneStepGoesAllTheWay() {
        #expect(DreamOSchedule.sigmas(stepCount: 1, tokenCount: 4096, .flux) == [1, 0])
    }

    @Test func aFixedShiftIsDiffusers() {
        var scheduler = SchedulerConfiguration.flux
        (scheduler.isDynamic, scheduler.shift) = (false, 3)
        #expect(DreamOSchedule.sigmas(stepCount: 2, tokenCount: 1, scheduler) == [1, 0.75, 0])
    }
}
