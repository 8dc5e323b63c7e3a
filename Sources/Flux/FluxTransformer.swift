public import Checkpoints
import Layers
public import Torch

/// The FLUX.1 transformer: predicts the velocity of packed latents, with reference pictures as further tokens.
///
/// Key names are those of `flux1-dev.safetensors`. Reference tokens go through the same `img_in`, follow the
/// target in the sequence, and are dropped at the end. Source: flux and UNO, `model.Flux`.
public struct FluxTransformer {
    public let configuration: FluxConfiguration
    let imgIn, txtIn: Linear
    package let timeIn, vectorIn: MLPEmbedder
    package let guidanceIn: MLPEmbedder?
    package let doubleBlocks: [DoubleStreamBlock]
    package let singleBlocks: [SingleStreamBlock]
    let finalLayer: FinalLayer

    /// Beginnings of the keys of the blocks' weights, which are nearly all of the transformer and may be kept in fewer bits.
    public static let codedLayers = ["double_blocks.", "single_blocks."]

    /// - Throws: `FluxError.invalidConfiguration`; the scope's load report lists wrong tensors.
    public init(_ configuration: FluxConfiguration, at scope: ParameterScope) throws {
        let configuration = try configuration.validated()
        self.configuration = configuration
        imgIn = try Linear(configuration.inChannels, configuration.hiddenSize, at: scope("img_in"))
        txtIn = try Linear(configuration.contextInDim, configuration.hiddenSize, at: scope("txt_in"))
        timeIn = try MLPEmbedder(256, configuration, at: scope("time_in"))
        vectorIn = try MLPEmbedder(configuration.vecInDim, configuration, at: scope("vector_in"))
        guidanceIn = configuration.usesGuidance ? try MLPEmbedder(256, configuration, at: scope("guidance_in")) : nil
        doubleBlocks = try (0..<configuration.depth).map { try DoubleStreamBlock(configuration, at: scope("double_blocks")($0)) }
        singleBlocks = try (0..<configuration.singleDepth).map { try SingleStreamBlock(configuration, at: scope("single_blocks")($0)) }
        finalLayer = try FinalLayer(configuration, at: scope("final_layer"))
    }

    private init(_ other: FluxTransformer, _ configuration: FluxConfiguration) {
        self.configuration = configuration
        (imgIn, txtIn, timeIn, vectorIn, guidanceIn) = (other.imgIn, other.txtIn, other.timeIn, other.vectorIn, other.guidanceIn)
        doubleBlocks = Array(other.doubleBlocks.prefix(configuration.depth))
        singleBlocks = Array(other.singleBlocks.prefix(configuration.singleDepth))
        finalLayer = other.finalLayer
    }

    /// The same networks with only the first blocks of each kind: for measuring at real width on small machines.
    public func truncated(double: Int, single: Int) -> FluxTransformer {
        FluxTransformer(self, configuration.with {
            $0.depth = min(double, $0.depth)
            $0.singleDepth = min(single, $0.singleDepth)
        })
    }

    /// Embeds what stays the same in every step.
    public func conditioning(_ inputs: FluxInputs) throws(TorchError) -> FluxConditioning {
        let vec = try conditioningVector(inputs)
        let activated = try vec.silu()
        let txt = try txtIn(inputs.txt)
        return try FluxConditioning(
            txt: inputs.style.isEmpty ? txt : Tensor.concatenated(inputs.style + [txt], dim: 1),
            references: embeddedReferences(inputs), targetEmbedding: inputs.targetEmbedding,
            pe: RotaryTable(ids: inputs.ids, axesDim: configuration.axesDim, theta: configuration.theta),
            vec: vec,
            double: doubleBlocks.map { block throws(TorchError) in try block.modulation(activated) },
            single: singleBlocks.map { block throws(TorchError) in try block.modulation(activated)[0] },
            final: finalLayer.modulation(activated))
    }

    /// The velocity of `latents` at one step.
    ///
    /// - Parameters:
    ///   - latents: packed target latents, `[batch, tokens, inChannels]`.
    ///   - step: index into the timesteps that the conditioning was made for.
    /// - Returns: `[batch, tokens, inChannels]`.
    public func callAsFunction(_ latents: Tensor, _ conditioning: FluxConditioning, step: Int) throws -> Tensor {
        try callAsFunction(latents, conditioning, step: step, observe: nil)
    }

    /// The same, telling `observe` the name and value of each block's result.
    package func callAsFunction(
        _ latents: Tensor, _ conditioning: FluxConditioning, step: Int, observe: ((String, Tensor) -> Void)?
    ) throws -> Tensor {
        var img = try embedded(latents, conditioning)
        var txt = conditioning.txt
        for (index, block) in doubleBlocks.enumerated() {
            try Task.checkCancellation()
            let modulation = try conditioning.double[index].at(step: step)
            (img, txt) = try block(img: img, txt: txt, modulation: modulation, pe: conditioning.pe)
            observe?("double_blocks.\(index).img", img)
            observe?("double_blocks.\(index).txt", txt)
        }
        var joint = try Tensor.concatenated([txt, img], dim: 1)
        for (index, block) in singleBlocks.enumerated() {
            try Task.checkCancellation()
            joint = try block(joint, modulation: conditioning.single[index].at(step: step), pe: conditioning.pe)
            observe?("single_blocks.\(index)", joint)
        }
        let target = try joint.narrowed(dim: 1, start: txt.shape[1], count: latents.shape[1])
        return try velocity(target, conditioning, step: step)
    }

    /// Target and reference tokens in one stream, `[batch, imageTokens, hidden]`.
    package func embedded(_ latents: Tensor, _ conditioning: FluxConditioning) throws(TorchError) -> Tensor {
        var target = try imgIn(latents)
        if let embedding = conditioning.targetEmbedding { target = try target + embedding }
        return try Tensor.concatenated([target] + conditioning.references, dim: 1)
    }

    private func embeddedReferences(_ inputs: FluxInputs) throws(TorchError) -> [Tensor] {
        precondition(inputs.referenceEmbeddings.isEmpty || inputs.referenceEmbeddings.count == inputs.references.count)
        let tokens = try inputs.references.map { tokens throws(TorchError) in try imgIn(tokens) }
        guard !inputs.referenceEmbeddings.isEmpty else { return tokens }
        return try zip(tokens, inputs.referenceEmbeddings).map { pair throws(TorchError) in try pair.0 + pair.1 }
    }

    /// Target tokens `[batch, tokens, hidden]` to the velocity.
    package func velocity(_ target: Tensor, _ conditioning: FluxConditioning, step: Int) throws(TorchError) -> Tensor {
        try finalLayer(
            target.contiguous(), shift: conditioning.final.shift.select(dim: 0, index: step),
            scale: conditioning.final.scale.select(dim: 0, index: step))
    }

    /// Time, guidance and pooled text, added in this order, `[steps, batch, hidden]`.
    private func conditioningVector(_ inputs: FluxInputs) throws(TorchError) -> Tensor {
        var vec = try timeIn(timestepEmbedding(inputs.timesteps))
        if let guidanceIn, let guidance = inputs.guidance {
            vec = try vec + guidanceIn(timestepEmbedding(guidance))
        }
        return try vec + vectorIn(inputs.vec)
    }
}
