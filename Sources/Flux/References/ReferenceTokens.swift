package import Torch

/// What the transformer sees of the references.
package struct ReferenceTokens {
    /// Pictures in latents, whose tokens follow the target's.
    package let latents: [ReferenceEncoder.Encoded]
    /// Style tokens in the transformer's width, one tensor per picture, `[1, tokens, hidden]`; they precede the text's.
    package let style: [Tensor]

    package init(latents: [ReferenceEncoder.Encoded] = [], style: [Tensor] = []) {
        self.latents = latents
        self.style = style
    }
}
