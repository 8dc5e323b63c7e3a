import Foundation
import TextEncoders

extension T5Configuration {
    /// The real encoder of FLUX.1.
    static var xxl: T5Configuration {
        get throws {
            let json = """
                {"d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 24, "num_heads": 64, "vocab_size": 32128, "feed_forward_proj": "gated-gelu"}
                """
            return try JSONDecoder().decode(T5Configuration.self, from: Data(json.utf8))
        }
    }
}
