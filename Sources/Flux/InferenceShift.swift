/// The token count that the sampling of UNO and USO feeds to the schedule's shift.
public enum InferenceShift {
    /// Latent area ÷ 256, where the packed grid would be ÷ 4, as in UNO's own training.
    ///
    /// Kept for parity with FLUX's autoencoder. The divisors belong to its 8 pixels per latent; with
    /// another autoencoder there is no official picture to equal, and the grid's own count, which the shift is meant for, is taken.
    /// Source: UNO and USO, pipeline `forward`. Covered by `shiftCountsTokensAsTheOfficialPipeline`.
    public static func tokenCount(_ grid: TokenGrid, _ autoencoder: AutoEncoderConfiguration) -> Int {
        guard autoencoder.downsampling == AutoEncoderConfiguration.flux.downsampling else { return grid.count }
        return (2 * grid.rows) * (2 * grid.columns) / 256
    }
}
