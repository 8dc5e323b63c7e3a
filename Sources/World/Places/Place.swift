/// Where a scene is.
public enum Place: String, Sendable, Codable, CaseIterable {
    case beach, forest, city, snow, desert, room, sea, meadow, space, kitchen, mountains, farm

    /// How captions say it; the first is the usual one, the last the shortest.
    public var phrases: [String] {
        switch self {
        case .beach: ["on the beach"]
        case .forest: ["in the forest"]
        case .city: ["in the city at night", "in the city"]
        case .snow: ["in the snow"]
        case .desert: ["in the desert"]
        case .room: ["in a room"]
        case .sea: ["under the sea"]
        case .meadow: ["in a meadow"]
        case .space: ["in space"]
        case .kitchen: ["in the kitchen"]
        case .mountains: ["in the mountains"]
        case .farm: ["on a farm"]
        }
    }
}

/// A place with the numbers that arrange what stands in it.
public struct PlaceLayout: Sendable, Codable, Hashable {
    public var place: Place
    /// Eight numbers 0..<1; what each moves depends on the place.
    public var numbers: [Float]

    init(_ place: Place, from random: inout RandomStream) {
        self.place = place
        numbers = (0..<8).map { _ in random.unit() }
    }

    /// The number at `position`, stretched to a range.
    func number(_ position: Int, _ low: Float, _ high: Float) -> Float {
        position < numbers.count ? low + (high - low) * numbers[position] : (low + high) / 2
    }

    /// Paints the place over the whole canvas.
    func draw(on canvas: inout Canvas) {
        switch place {
        case .beach: drawBeach(&canvas)
        case .forest: drawForest(&canvas)
        case .city: drawCity(&canvas)
        case .snow: drawSnow(&canvas)
        case .desert: drawDesert(&canvas)
        case .room: drawRoom(&canvas)
        case .sea: drawSea(&canvas)
        case .meadow: drawMeadow(&canvas)
        case .space: drawSpace(&canvas)
        case .kitchen: drawKitchen(&canvas)
        case .mountains: drawMountains(&canvas)
        case .farm: drawFarm(&canvas)
        }
    }
}
