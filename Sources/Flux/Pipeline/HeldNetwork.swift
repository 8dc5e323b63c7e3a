/// A network that is loaded when it is first asked for, and may be let go between two stages of a picture.
///
/// Confined to one thread, as tensors are.
final class HeldNetwork<Network> {
    private let load: () throws -> Network
    private var network: Network?

    /// - Parameter load: reads the network from its files; called again after `letGo`.
    init(_ load: @escaping () throws -> Network) {
        self.load = load
    }

    /// The network, in memory from now on.
    func callAsFunction() throws -> Network {
        if let network { return network }
        let loaded = try load()
        network = loaded
        return loaded
    }

    var isLoaded: Bool { network != nil }

    func letGo() { network = nil }
}
