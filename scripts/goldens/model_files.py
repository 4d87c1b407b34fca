"""Makes the model files the tests read, each with what the reference libraries see in it.

AlignDataTests/Resources/GGUF/tokenizer.gguf   the vocabulary of Resources/Tokenization/smollm as GGUF metadata, and one
                                               value of each metadata type
TorchLMTests/Resources/ModelFiles/types.gguf   a tensor of each storage type, and beside it (NAME.expected, F32) what
                                               gguf-py's dequantize makes of it
TorchLMTests/Resources/ModelFiles/tiny.gguf    a Llama of 2 layers, Q8_0, Q4_1 and F32, random weights
TorchLMTests/Resources/ModelFiles/tiny/        the same as a Hugging Face folder in two safetensors shards, fp32
TorchLMTests/Resources/ModelFiles/dtypes.safetensors, dtypes.json   F32, F16 and BF16 tensors; their fp32 bit patterns

Usage: model_files.py TESTS_FOLDER. Made with gguf 0.19.0, safetensors 0.8.0, torch 2.13.0, numpy 2.4.6.
"""
import json, os, sys

import numpy as np
import torch
from gguf import GGMLQuantizationType as T, GGUFWriter, dequantize, quantize
from safetensors.torch import save_file

tests = sys.argv[1]
tokenization = f"{tests}/AlignDataTests/Resources/Tokenization/smollm"
data_out, model_out = f"{tests}/AlignDataTests/Resources/GGUF", f"{tests}/TorchLMTests/Resources/ModelFiles"
for folder in (data_out, model_out + "/tiny"):
    os.makedirs(folder, exist_ok=True)
draw = np.random.default_rng(20)
content = json.load(open(tokenization + "/tokenizer.json"))
settings = json.load(open(tokenization + "/tokenizer_config.json"))
vocabulary = sorted(content["model"]["vocab"], key=content["model"]["vocab"].get)


def tokenizer(writer):
    control = {t["content"] for t in content["added_tokens"]}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(vocabulary)
    writer.add_token_types([3 if piece in control else 1 for piece in vocabulary])
    writer.add_token_merges([" ".join(m) if isinstance(m, list) else m for m in content["model"]["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(2)
    writer.add_add_bos_token(False)
    writer.add_chat_template(settings["chat_template"])


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


writer = GGUFWriter(f"{data_out}/tokenizer.gguf", "llama")
tokenizer(writer)
writer.add_uint8("test.u8", 200), writer.add_int8("test.i8", -100), writer.add_uint16("test.u16", 60000)
writer.add_int16("test.i16", -30000), writer.add_uint32("test.u32", 4000000000), writer.add_int32("test.i32", -2000000000)
writer.add_uint64("test.u64", 1 << 40), writer.add_int64("test.i64", -(1 << 40)), writer.add_float32("test.f32", 0.5)
writer.add_float64("test.f64", 0.1), writer.add_bool("test.bool", True), writer.add_string("test.string", "é\u0301 ☃")
writer.add_array("test.ints", [1, -2, 3]), writer.add_array("test.floats", [0.5, -1.5]), writer.add_array("test.bools", [True, False])
writer.add_tensor("numbers", np.arange(12, dtype=np.float32).reshape(3, 4))
finish(writer)

writer = GGUFWriter(f"{model_out}/types.gguf", "test")
for kind in (T.F32, T.F16, T.BF16, T.Q8_0, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q4_K, T.Q5_K, T.Q6_K):
    values = (draw.standard_normal((2, 512)) * 3).astype(np.float32)
    values[0, :4] = [0, -0.0, 1e-7, 65000]
    if kind == T.F32:
        stored = values
    elif kind == T.F16:
        stored = values.astype(np.float16)
    elif kind in (T.Q4_K, T.Q5_K, T.Q6_K):  # gguf-py reads these but does not write them: random blocks, finite scales
        size = {T.Q4_K: 144, T.Q5_K: 176, T.Q6_K: 210}[kind]
        stored = draw.integers(0, 256, (2, 2 * size), dtype=np.uint8)
        blocks = stored.reshape(4, size)
        scales = (draw.standard_normal((4, 2)) / 50).astype(np.float16).view(np.uint8)
        if kind == T.Q6_K:
            blocks[:, 208:] = scales[:, :2]
        else:
            blocks[:, :4] = scales
    else:
        stored = quantize(values, kind)
    writer.add_tensor(kind.name, stored, raw_dtype=kind)
    writer.add_tensor(kind.name + ".expected", dequantize(stored, kind).astype(np.float32).reshape(2, 512))
finish(writer)

HIDDEN, INNER, LAYERS, HEADS, KV, HEAD = 64, 96, 2, 4, 2, 16
writer = GGUFWriter(f"{model_out}/tiny.gguf", "llama")
writer.add_block_count(LAYERS), writer.add_context_length(256), writer.add_embedding_length(HIDDEN)
writer.add_feed_forward_length(INNER), writer.add_head_count(HEADS), writer.add_head_count_kv(KV)
writer.add_rope_freq_base(10000.0), writer.add_rope_dimension_count(HEAD), writer.add_layer_norm_rms_eps(1e-5)
writer.add_vocab_size(len(vocabulary))
tokenizer(writer)
state = {}


def add(stored_name, name, shape, kind, heads=None):
    values = (draw.standard_normal(shape) * 0.05).astype(np.float32) + (1 if len(shape) == 1 else 0)
    stored = quantize(values, kind) if kind != T.F32 else values.astype(np.float32)
    writer.add_tensor(stored_name, stored, raw_dtype=kind)
    plain = dequantize(stored, kind).astype(np.float32).reshape(shape)
    if heads:  # GGUF has the two rotary halves of a head in turns, Hugging Face one after the other
        plain = plain.reshape(heads, HEAD // 2, 2, HIDDEN).swapaxes(1, 2).reshape(shape)
    state[name] = torch.tensor(np.ascontiguousarray(plain))


add("token_embd.weight", "model.embed_tokens.weight", (len(vocabulary), HIDDEN), T.Q8_0)
for i in range(LAYERS):
    a, b = f"blk.{i}.", f"model.layers.{i}."
    add(a + "attn_norm.weight", b + "input_layernorm.weight", (HIDDEN,), T.F32)
    add(a + "attn_q.weight", b + "self_attn.q_proj.weight", (HEADS * HEAD, HIDDEN), T.Q4_1, HEADS)
    add(a + "attn_k.weight", b + "self_attn.k_proj.weight", (KV * HEAD, HIDDEN), T.Q4_1, KV)
    add(a + "attn_v.weight", b + "self_attn.v_proj.weight", (KV * HEAD, HIDDEN), T.Q4_1)
    add(a + "attn_output.weight", b + "self_attn.o_proj.weight", (HIDDEN, HEADS * HEAD), T.Q4_0)
    add(a + "ffn_norm.weight", b + "post_attention_layernorm.weight", (HIDDEN,), T.F32)
    add(a + "ffn_gate.weight", b + "mlp.gate_proj.weight", (INNER, HIDDEN), T.Q4_1)
    add(a + "ffn_up.weight", b + "mlp.up_proj.weight", (INNER, HIDDEN), T.Q4_1)
    add(a + "ffn_down.weight", b + "mlp.down_proj.weight", (HIDDEN, INNER), T.Q4_1)
add("output_norm.weight", "model.norm.weight", (HIDDEN,), T.F32)
finish(writer)

folder = model_out + "/tiny"
names = sorted(state)
shards = {"model-00001-of-00002.safetensors": names[:9], "model-00002-of-00002.safetensors": names[9:]}
for file, members in shards.items():
    save_file({n: state[n] for n in members}, f"{folder}/{file}", metadata={"format": "pt"})
index = {"metadata": {"total_size": sum(t.numel() * 4 for t in state.values())},
         "weight_map": {n: f for f, members in shards.items() for n in members}}
json.dump(index, open(folder + "/model.safetensors.index.json", "w"), sort_keys=True)
json.dump({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": HIDDEN, "intermediate_size": INNER,
           "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "num_key_value_heads": KV, "head_dim": HEAD,
           "vocab_size": len(vocabulary), "max_position_embeddings": 256, "rms_norm_eps": float(np.float32(1e-5)),
           "rope_theta": 10000.0, "tie_word_embeddings": True, "hidden_act": "silu", "bos_token_id": 1, "eos_token_id": 2,
           "pad_token_id": 2}, open(folder + "/config.json", "w"), sort_keys=True, indent=1)
for name in ("tokenizer.json", "tokenizer_config.json"):
    open(f"{folder}/{name}", "w").write(open(f"{tokenization}/{name}").read())

values = torch.tensor([0.0, -0.0, 1.0, -2.5, 3.1415927, 1e-7, 6e-8, 65504.0, float("inf"), -float("inf"), 1e-3, -7.0])
tensors = {"f32": values, "f16": values.to(torch.float16).reshape(3, 4), "bf16": values.to(torch.bfloat16).reshape(2, 6)}
save_file(tensors, f"{model_out}/dtypes.safetensors")
bits = {n: {"shape": list(t.shape), "bits": t.float().flatten().view(torch.int32).tolist()} for n, t in tensors.items()}
json.dump(bits, open(f"{model_out}/dtypes.json", "w"), sort_keys=True)
