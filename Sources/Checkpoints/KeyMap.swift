/// How the keys of one layout become those of another: rules as data.
///
/// ```swift
/// let map = KeyMap([
///     .rename("x_embedder.{p}", to: "img_in.{p}"),
///     .fuse(["blocks.{n}.to_q.{p}", "blocks.{n}.to_k.{p}", "blocks.{n}.to_v.{p}"], into: "double_blocks.{n}.qkv.{p}"),
///     .swapHalves("norm_out.linear.{p}", to: "final_layer.adaLN_modulation.1.{p}"),
///     .drop("ema."),
/// ])
/// let source = try map.applied(to: Checkpoint.open(path))
/// ```
/// In keys, `{name}` stands for text without "."; the same name on both sides carries it over. A key ending in "." stands
/// for all keys that begin so. Each key of the source goes to the first rule that takes it, and to no other; keys no rule
/// takes keep their names, so that no identities need listing.
public struct KeyMap: Sendable {
    /// One way keys and tensors change.
    public enum Rule: Sendable, Equatable {
        /// The same tensor under another name.
        case rename(String, to: String)
        /// Several tensors joined along `dim`, in order.
        case fuse([String], into: String, dim: Int = 0)
        /// One tensor cut into groups of rows (dimension 0), in order; together they must cover it.
        case split(String, into: [Rows])
        /// The first and second half of the rows exchanged, as (scale, shift) becomes (shift, scale).
        case swapHalves(String, to: String)
        /// A linear weight `[outputs, inputs]` as a 1×1 convolution `[outputs, inputs, 1, 1]`; other shapes unchanged.
        case pointwise(String, to: String)
        /// Left aside.
        case drop(String)
    }

    /// A name for some rows of a tensor.
    public struct Rows: Sendable, Equatable {
        /// The key they get.
        public let key: String
        /// How many rows.
        public let count: Int

        /// `count` rows under `key`.
        public init(_ key: String, count: Int) {
            self.key = key
            self.count = count
        }
    }

    /// The rules, the first that takes a key deciding.
    public let rules: [Rule]

    /// A map of the given rules.
    public init(_ rules: [Rule]) { self.rules = rules }

    /// The source under the new keys. Tensors are joined and cut when they are asked for.
    ///
    /// - Throws: `CheckpointError.keyMap` where a part of a fused tensor is missing, shapes do not fit a rule, or two keys
    ///   become one.
    public func applied(to source: any TensorSource) throws(CheckpointError) -> any TensorSource {
        var plan = KeyMapPlan(source)
        for rule in rules { try plan.add(rule) }
        return try MappedSource(source, plan.finished())
    }
}
