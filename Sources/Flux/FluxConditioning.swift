package import Layers
public import Torch

/// Everything the transformer needs besides the latents: computed once per run, used in every step.
///
/// Text and reference tokens are embedded, positions are turned into a rotary table, and the modulation of
/// every block is computed for all steps at once, since it depends only on the timesteps and the pooled text.
public struct FluxConditioning {
    /// Style tokens, if any, and embedded text tokens, `[batch, styleTokens + textTokens, hidden]`.
    package let txt: Tensor
    /// Embedded reference tokens, each `[batch, tokens, hidden]`.
    package let references: [Tensor]
    /// What is added to each embedded target token, `[1, 1, hidden]`; nil for nothing.
    package let targetEmbedding: Tensor?
    /// Rotations of style, text, target and reference tokens, in this order.
    package let pe: RotaryTable
    /// The conditioning vector at every step, `[steps, batch, hidden]`.
    package let vec: Tensor
    package let double: [DoubleStreamBlock.StreamModulation]
    package let single: [ModulationParameters]
    let final: (shift: Tensor, scale: Tensor)
}

/// What conditions a run, before the transformer has embedded it.
public struct FluxInputs {
    /// Text tokens, `[batch, textTokens, contextInDim]`.
    public var txt: Tensor
    /// Pooled text, `[batch, vecInDim]`.
    public var vec: Tensor
    /// Tokens that precede the text's in its stream, already in the transformer's width, each `[batch, tokens, hidden]`.
    public var style: [Tensor]
    /// Packed reference latents, each `[batch, tokens, inChannels]`.
    public var references: [Tensor]
    /// Positions of style, text, target and reference tokens, `[tokens, 3]`, float32.
    public var ids: Tensor
    /// Noise level at each step, `[steps, batch]`, from 1 (noise) to 0.
    public var timesteps: Tensor
    /// Guidance strength, `[batch]` for all steps or `[steps, batch]`; nil for models that take none.
    public var guidance: Tensor?
    /// What is added to each embedded token of the target, `[1, 1, hidden]`; nil for nothing.
    public var targetEmbedding: Tensor?
    /// What is added to each embedded token of the references, one `[1, 1, hidden]` per reference; none for nothing.
    public var referenceEmbeddings: [Tensor] = []

    public init(
        txt: Tensor, vec: Tensor, style: [Tensor] = [], references: [Tensor] = [], ids: Tensor, timesteps: Tensor, guidance: Tensor?
    ) {
        self.txt = txt
        self.vec = vec
        self.style = style
        self.references = references
        self.ids = ids
        self.timesteps = timesteps
        self.guidance = guidance
    }
}
