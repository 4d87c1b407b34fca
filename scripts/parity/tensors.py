"""Prints name, shape and SHA-256 of every tensor of a GGUF as gguf-py dequantizes it, in Hugging Face's names and rotary
layout: what ALIGN_DATA_TENSORS names (see ModelParityTests). The hash covers the length in bytes (64 bits, little-endian)
and the fp32 numbers.

Usage: tensors.py MODEL.gguf > OUT. Needs: gguf, numpy.
"""
import hashlib, struct, sys

import numpy as np
from gguf import GGUFReader, dequantize

NAMES = {"attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
         "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm",
         "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
WHOLE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
reader = GGUFReader(sys.argv[1])
heads = {"attn_q": reader.fields["llama.attention.head_count"].contents(),
         "attn_k": reader.fields["llama.attention.head_count_kv"].contents()}
rows = []
for tensor in reader.tensors:
    numbers = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    stem = tensor.name.removesuffix(".weight")
    if stem in WHOLE:
        name = WHOLE[stem]
    else:
        _, layer, part = stem.split(".")
        name = f"model.layers.{layer}.{NAMES[part]}"
        if part in heads:
            turns = numbers.reshape(heads[part], -1, 2, numbers.shape[1])
            numbers = turns.transpose(0, 2, 1, 3).reshape(numbers.shape)
    data = np.ascontiguousarray(numbers).astype("<f4").tobytes()
    shape = ",".join(str(n) for n in numbers.shape)
    rows.append(f"{name}.weight {shape} {hashlib.sha256(struct.pack('<q', len(data)) + data).hexdigest()}")
print("\n".join(sorted(rows)))
