"""One UNO training step of the mini model in PyTorch, for comparison with `atelier bench training`.

Builds diffusers' FluxTransformer2DModel at the mini model's size with random weights: 32 examples of 16 text, 64 picture and
36 reference tokens; velocity loss in float32, gradients of all weights, clipping, fused AdamW. Attention is written out
(matmul, softmax, matmul), which is faster than scaled_dot_product_attention at this length. In bfloat16 the weights have
float32 masters. For every line `step` on standard input it runs one step and prints {"seconds": 0.61}.
"""

import argparse
import json
import sys
import time

import torch
from diffusers import FluxTransformer2DModel
from diffusers.models.embeddings import apply_rotary_emb

BATCH, TEXT, SIDE, REFERENCE_SIDE = 32, 16, 8, 6


class PlainAttention:
    """Joint attention with the matrix of scores in memory."""

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, image_rotary_emb=None):
        def heads(x, norm=None):
            x = x.unflatten(-1, (attn.heads, -1))
            return norm(x) if norm is not None else x

        q, k = heads(attn.to_q(hidden_states), attn.norm_q), heads(attn.to_k(hidden_states), attn.norm_k)
        v = heads(attn.to_v(hidden_states))
        text = 0
        if encoder_hidden_states is not None and attn.added_kv_proj_dim is not None:
            text = encoder_hidden_states.shape[1]
            q = torch.cat([heads(attn.add_q_proj(encoder_hidden_states), attn.norm_added_q), q], dim=1)
            k = torch.cat([heads(attn.add_k_proj(encoder_hidden_states), attn.norm_added_k), k], dim=1)
            v = torch.cat([heads(attn.add_v_proj(encoder_hidden_states)), v], dim=1)
        q, k = (apply_rotary_emb(x, image_rotary_emb, sequence_dim=1).transpose(1, 2) for x in (q, k))
        weights = ((q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)).softmax(dim=-1)
        mixed = (weights @ v.transpose(1, 2)).transpose(1, 2).flatten(2)
        if not text:
            return mixed
        pictures = attn.to_out[1](attn.to_out[0](mixed[:, text:]))
        return pictures, attn.to_add_out(mixed[:, :text])


def grid(side, start):
    ids = torch.zeros(side, side, 3)
    ids[..., 1] = torch.arange(start, start + side)[:, None]
    ids[..., 2] = torch.arange(start, start + side)[None, :]
    return ids.reshape(-1, 3)


def build_transformer(dtype):
    torch.manual_seed(0)
    model = FluxTransformer2DModel(
        in_channels=32, num_layers=2, num_single_layers=4, attention_head_dim=32, num_attention_heads=6, joint_attention_dim=128,
        pooled_projection_dim=128, guidance_embeds=True, axes_dims_rope=(8, 12, 12),
    )
    for module in model.modules():
        if hasattr(module, "processor"):
            module.processor = PlainAttention()
    return model.to(dtype).train()


class Trainer:
    def __init__(self, dtype):
        self.dtype, self.model = dtype, build_transformer(dtype)
        self.weights = list(self.model.parameters())
        self.masters = self.weights if dtype == torch.float32 else [w.detach().float().requires_grad_() for w in self.weights]
        self.optimizer = torch.optim.AdamW(self.masters, lr=1e-4, fused=True)
        ids = torch.cat([grid(SIDE, 0), grid(REFERENCE_SIDE, SIDE)])
        self.inputs = {
            "encoder_hidden_states": torch.randn(BATCH, TEXT, 128, dtype=dtype), "pooled_projections": torch.randn(BATCH, 128, dtype=dtype),
            "timestep": torch.rand(BATCH, dtype=dtype), "guidance": torch.full((BATCH,), 2.5), "img_ids": ids,
            "txt_ids": torch.zeros(TEXT, 3), "return_dict": False,
        }
        self.clean, self.noise = torch.randn(BATCH, SIDE * SIDE, 32), torch.randn(BATCH, SIDE * SIDE, 32)
        self.reference = torch.randn(BATCH, REFERENCE_SIDE**2, 32, dtype=dtype)

    def step(self):
        t = self.inputs["timestep"].float()[:, None, None]
        noisy = ((1 - t) * self.clean + t * self.noise).to(self.dtype)
        tokens = torch.cat([noisy, self.reference], dim=1)
        velocity = self.model(hidden_states=tokens, **self.inputs)[0][:, : SIDE * SIDE]
        loss = (velocity.float() - (self.noise - self.clean)).square().mean()
        loss.backward()
        if self.masters is not self.weights:
            for master, weight in zip(self.masters, self.weights):
                master.grad, weight.grad = weight.grad.float(), None
        torch.nn.utils.clip_grad_norm_(self.masters, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.masters is not self.weights:
            with torch.no_grad():
                torch._foreach_copy_(self.weights, self.masters)
        return loss.item()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="bfloat16")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    trainer = Trainer(getattr(torch, arguments.dtype))
    for line in sys.stdin:
        if line.strip() != "step":
            sys.exit(f"expected 'step' on standard input, got {line.strip()!r}")
        started = time.perf_counter()
        trainer.step()
        print(json.dumps({"seconds": round(time.perf_counter() - started, 4)}), flush=True)


if __name__ == "__main__":
    main()
