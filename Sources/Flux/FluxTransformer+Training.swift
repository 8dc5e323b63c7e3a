public import Torch

extension FluxTransformer {
    /// The velocity at the only step of `conditioning`, each block being computed a second time in the backward pass.
    ///
    /// What is kept is one input per block, and not everything inside it; the price is a second forward pass.
    /// - Parameters:
    ///   - latents: packed target latents, `[batch, tokens, inChannels]`.
    ///   - conditioning: made for one timestep per example, `[1, batch]`.
    /// - Returns: `[batch, tokens, inChannels]`.
    public func recomputed(_ latents: Tensor, _ conditioning: FluxConditioning) throws -> Tensor {
        var img = try embedded(latents, conditioning)
        var txt = conditioning.txt
        for (index, block) in doubleBlocks.enumerated() {
            let modulation = try conditioning.double[index].at(step: 0)
            // Only inputs of the recomputed part may have a history of their own, so the modulation is one too.
            let results = try recomputing([img, txt] + modulation.tensors) { inputs in
                let streams = try block(
                    img: inputs[0], txt: inputs[1], modulation: .init(tensors: Array(inputs.dropFirst(2))), pe: conditioning.pe)
                return [streams.img, streams.txt]
            }
            (img, txt) = (results[0], results[1])
        }
        var joint = try Tensor.concatenated([txt, img], dim: 1)
        for (index, block) in singleBlocks.enumerated() {
            let modulation = try conditioning.single[index].at(step: 0)
            joint = try recomputing([joint] + modulation.tensors) { inputs in
                [try block(inputs[0], modulation: ModulationParameters(tensors: Array(inputs.dropFirst())), pe: conditioning.pe)]
            }[0]
        }
        let target = try joint.narrowed(dim: 1, start: txt.shape[1], count: latents.shape[1])
        return try velocity(target, conditioning, step: 0)
    }
}

extension ModulationParameters {
    fileprivate var tensors: [Tensor] { [shift, scale, gate] }

    fileprivate init(tensors: [Tensor]) { self.init(shift: tensors[0], scale: tensors[1], gate: tensors[2]) }
}

extension DoubleStreamBlock.StreamModulation {
    fileprivate var tensors: [Tensor] { (img + txt).flatMap(\.tensors) }

    fileprivate init(tensors: [Tensor]) {
        let sets = stride(from: 0, to: tensors.count, by: 3).map { ModulationParameters(tensors: Array(tensors[$0..<$0 + 3])) }
        self.init(img: Array(sets.prefix(sets.count / 2)), txt: Array(sets.suffix(sets.count / 2)))
    }
}
