"""One denoising step of FLUX as PyTorch and diffusers run it on the processor, for comparison with `atelier bench`.

Builds diffusers' FluxTransformer2DModel at real width (hidden 3072, 24 heads, 1 double and 2 single blocks, guidance)
with random bfloat16 weights, then serves one step per line: for every line `step` on standard input it runs one step
and prints {"case": "a", "seconds": 2.71}. Case a is 512 x 512 with two 320-pixel references, case b 1024 x 1024 with one
512-pixel reference; references enter as further image tokens, as in UNO.
"""

import argparse
import json
import sys
import time

import torch
from diffusers import FluxTransformer2DModel

TEXT_TOKENS = 512
# Sides, in tokens of 16 pixels, of the image and of each reference.
CASES = {"a": [32, 20, 20], "b": [64, 32]}


def position_ids(sides):
    """Row and column of every image token; each reference lies diagonally behind the one before (UNO's positions)."""
    grids, start = [], 0
    for side in sides:
        ids = torch.zeros(side, side, 3)
        ids[..., 1] = torch.arange(start, start + side)[:, None]
        ids[..., 2] = torch.arange(start, start + side)[None, :]
        grids.append(ids.reshape(-1, 3))
        start += side
    return torch.cat(grids)


def build_inputs(case):
    ids = position_ids(CASES[case])
    return {
        "hidden_states": torch.randn(1, len(ids), 64, dtype=torch.bfloat16),
        "encoder_hidden_states": torch.randn(1, TEXT_TOKENS, 4096, dtype=torch.bfloat16),
        "pooled_projections": torch.randn(1, 768, dtype=torch.bfloat16),
        "timestep": torch.tensor([0.5], dtype=torch.bfloat16),
        "guidance": torch.tensor([4.0]),
        "img_ids": ids,
        "txt_ids": torch.zeros(TEXT_TOKENS, 3),
        "return_dict": False,
    }


def build_transformer():
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("meta"):
        model = FluxTransformer2DModel(
            num_layers=1, num_single_layers=2, attention_head_dim=128, num_attention_heads=24,
            joint_attention_dim=4096, pooled_projection_dim=768, guidance_embeds=True, axes_dims_rope=(16, 56, 56),
        )
    torch.set_default_dtype(torch.float32)
    model = model.to_empty(device="cpu").eval()
    for parameter in model.parameters():
        parameter.normal_(0, 0.02)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", choices=CASES, required=True)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    with torch.inference_mode():
        transformer, inputs = build_transformer(), build_inputs(arguments.case)
        for line in sys.stdin:
            if line.strip() != "step":
                sys.exit(f"expected 'step' on standard input, got {line.strip()!r}")
            started = time.perf_counter()
            transformer(**inputs)
            seconds = time.perf_counter() - started
            print(json.dumps({"case": arguments.case, "seconds": round(seconds, 4)}), flush=True)


if __name__ == "__main__":
    main()
