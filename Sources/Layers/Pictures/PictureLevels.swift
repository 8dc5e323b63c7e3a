package import Torch

/// The shape of a convolutional autoencoder: how wide its levels are and how many blocks each has.
package struct PictureLevels {
    /// Channels at full resolution.
    package let channels: Int
    /// Channel multiplier of each level; every level but the last halves the picture.
    package let multipliers: [Int]
    package let residualBlockCount: Int
    /// Groups of the group normalizations.
    package let normGroups: Int

    package init(channels: Int, multipliers: [Int], residualBlockCount: Int, normGroups: Int) {
        (self.channels, self.multipliers) = (channels, multipliers)
        (self.residualBlockCount, self.normGroups) = (residualBlockCount, normGroups)
    }

    /// Channels of each level, full resolution first.
    package var widths: [Int] { multipliers.map { $0 * channels } }
}

/// Told the name and value of activations as they are made, for inspection.
package typealias ActivationObserver = (String, Tensor) -> Void
