"""Tiny random Llamas for the trials, each odd in one way. Needs nothing but Python.

A token is a byte (ids 3 to 258), 0 to 2 are control tokens, so that ids can be read."""
import json
import pathlib
import shutil
import struct

END, START, STOP = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
CONTROL = [END, START, STOP]
TEMPLATE = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")


def alphabet():
    """GPT-2's characters for the 256 bytes."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x200))
    return [chr(b) if b in printable else chr(next(others)) for b in range(256)]


def numbers(count, seed, scale):
    """Pseudo-random numbers in ±scale that are the same everywhere."""
    state, found = seed * 2654435761 % 2**32 or 1, []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        found.append((state / 2**31 - 1) * scale)
    return found


def tensors(config, seed=1):
    """The weights of a Llama of this configuration, by name: (shape, values)."""
    width, inner, vocabulary = config["hidden_size"], config["intermediate_size"], config["vocab_size"]
    keys = width // config["num_attention_heads"] * config["num_key_value_heads"]
    shapes = {"model.embed_tokens.weight": [vocabulary, width], "model.norm.weight": [width]}
    for layer in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        for name, rows, columns in [
            ("q", width, width), ("k", keys, width), ("v", keys, width), ("o", width, width),
        ]:
            shapes[f"{prefix}self_attn.{name}_proj.weight"] = [rows, columns]
        for name, rows, columns in [("gate", inner, width), ("up", inner, width), ("down", width, inner)]:
            shapes[f"{prefix}mlp.{name}_proj.weight"] = [rows, columns]
        for name in ["input_layernorm", "post_attention_layernorm"]:
            shapes[f"{prefix}{name}.weight"] = [width]
    if "LlamaForSequenceClassification" in config["architectures"]:
        shapes["score.weight"] = [len(config.get("id2label", {"0": ""})), width]
    elif not config["tie_word_embeddings"]:
        shapes["lm_head.weight"] = [vocabulary, width]
    made = {}
    for place, (name, shape) in enumerate(sorted(shapes.items())):
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        values = [1.0] * count if len(shape) == 1 else numbers(count, seed * 1000 + place + 1, 0.3)
        made[name] = (shape, values)
    return made


def safetensors(path, weights):
    header, body = {}, b""
    for name, (shape, values) in sorted(weights.items()):
        data = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def added(id, content, **flags):
    base = dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
    return {"id": id, "content": content, **base, **flags}


def byte_tokenizer():
    vocabulary = {name: id for id, name in enumerate(CONTROL + alphabet())}
    bytelevel = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [added(id, name) for id, name in enumerate(CONTROL)],
        "normalizer": None, "pre_tokenizer": bytelevel, "post_processor": None, "decoder": bytelevel,
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": vocabulary, "merges": []},
    }


def begins(tokenizer):
    """Adds what puts <|im_start|> before every text."""
    first = {"SpecialToken": {"id": START, "type_id": 0}}
    tokenizer["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [first, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [first, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {START: {"id": START, "ids": [1], "tokens": [START]}},
    }


class Folder:
    """A model before it is written; what is odd about it is changed here."""

    def __init__(self):
        self.config = {
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "hidden_size": 32,
            "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
            "head_dim": 8, "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "attention_bias": False,
            "mlp_bias": False, "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
            "tie_word_embeddings": True, "vocab_size": 259, "bos_token_id": 1, "eos_token_id": 2,
            "pad_token_id": 0, "dtype": "float32",
        }
        self.tokenizer = byte_tokenizer()
        self.settings = {
            "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": START, "eos_token": STOP, "pad_token": END,
            "model_max_length": 512, "clean_up_tokenization_spaces": False, "chat_template": TEMPLATE,
        }
        self.weights = None
        self.files = {}

    def is_reward_model(self, labels=1):
        self.config["architectures"] = ["LlamaForSequenceClassification"]
        self.config["id2label"] = {str(n): f"LABEL_{n}" for n in range(labels)}
        self.config["label2id"] = {f"LABEL_{n}": n for n in range(labels)}

    def drops_control(self, name):
        """The token is in the vocabulary, and tokenizer.json does not say that it is a control token."""
        self.tokenizer["added_tokens"] = [t for t in self.tokenizer["added_tokens"] if t["content"] != name]

    def write(self, path):
        path.mkdir(parents=True)
        if self.weights is None:
            self.weights = tensors(self.config)
        safetensors(path / "model.safetensors", self.weights)
        texts = {"config.json": self.config, "tokenizer.json": self.tokenizer, "tokenizer_config.json": self.settings}
        for name, value in texts.items():
            (path / name).write_text(json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True), "utf-8")
        for name, data in self.files.items():
            if data is None:
                (path / name).unlink()
            elif isinstance(data, dict):
                safetensors(path / name, data)
            else:
                (path / name).write_bytes(data)


def untied(seed):
    folder = Folder()
    folder.config["tie_word_embeddings"] = False
    folder.weights = tensors(folder.config, seed)
    return folder


def gguf(path, metadata):
    """A GGUF without tensors whose metadata are texts, lists of texts and 16-bit numbers."""
    def text(value):
        return struct.pack("<Q", len(value.encode())) + value.encode()

    data = b"GGUF" + struct.pack("<IQQ", 3, 0, len(metadata))
    for key, value in metadata.items():
        data += text(key)
        if isinstance(value, str):
            data += struct.pack("<I", 8) + text(value)
        elif isinstance(value, list):
            data += struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
        else:
            data += struct.pack("<IH", 2, value)
    path.write_bytes(data)


def make(root):
    """Writes every model below `root`."""
    root = pathlib.Path(root)
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)

    Folder().write(root / "sound")

    model = Folder()
    model.is_reward_model()
    model.write(root / "reward")
    model = Folder()
    model.is_reward_model(labels=2)
    model.write(root / "two-labels")
    model = Folder()
    model.is_reward_model()
    model.config["max_position_embeddings"] = 32
    model.write(root / "short-reward")

    # What the folder says of its weights and what they are.
    untied(5).write(root / "untied")
    model = untied(5)
    model.config["tie_word_embeddings"] = True
    model.write(root / "false-tie")
    model = untied(5)
    other = tensors(model.config, 6)
    model.files["model-00001-of-00001.safetensors"] = other
    index = {"metadata": {}, "weight_map": {name: "model-00001-of-00001.safetensors" for name in other}}
    model.files["model.safetensors.index.json"] = json.dumps(index, sort_keys=True).encode()
    model.write(root / "stale-index")
    model = Folder()
    model.weights = {"lm_head.weight": ([259, 32], numbers(259 * 32, 9, 0.3))}
    model.write(root / "head-only")
    model = Folder()
    model.weights = tensors(model.config)
    shape, values = model.weights["model.layers.1.mlp.up_proj.weight"]
    model.weights["model.layers.1.mlp.up_proj.weight"] = (shape, [float("nan")] + values[1:])
    model.write(root / "not-finite")
    model = Folder()
    model.files = {"model.safetensors": None, "pytorch_model.bin": b"PK\x03\x04"}
    model.write(root / "pickle")
    model = Folder()
    model.config["model_type"] = "mamba"
    model.config["architectures"] = ["MambaForCausalLM"]
    model.write(root / "other-family")
    model = Folder()
    model.files = {"model.safetensors": None, "config.json": None, "tokenizer.json": None,
                   "tokenizer_config.json": None, "adapter_config.json": b"{\"peft_type\": \"LORA\"}",
                   "adapter_model.safetensors": {"base_model.model.x": ([1], [0.0])}}
    model.write(root / "adapters")
    gguf(root / "split-00001-of-00002.gguf", {
        "general.architecture": "llama", "split.count": 2, "split.no": 0, "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm", "tokenizer.ggml.tokens": CONTROL + alphabet(),
        "tokenizer.ggml.merges": []})

    # Templates.
    model = Folder()
    model.settings["chat_template"] = (
        "{% for m in messages %}{{ m['role'] + ': ' + m['content'] }}{{ pad_token }}{% endfor %}{{ 'assistant:' }}")
    model.write(root / "pad-in-template")
    model = Folder()
    del model.settings["chat_template"]
    model.files["chat_template.jinja"] = (
        "{% for message in messages %}\r\n<|im_start|>{{ message['role'] }}\r\n{{ message['content'] }}<|im_end|>\r\n"
        "{% endfor %}\r\n{% if add_generation_prompt %}\r\n<|im_start|>assistant\r\n{% endif %}\r\n").encode()
    model.write(root / "crlf-template")

    # What begins a text.
    for name, flags in {
        "begins": {}, "begins-end-false": {"add_eos_token": False}, "begins-end-true": {"add_eos_token": True},
        "begins-not": {"add_bos_token": False},
        "begins-llama": {"add_eos_token": False, "tokenizer_class": "LlamaTokenizerFast"},
    }.items():
        model = Folder()
        begins(model.tokenizer)
        model.settings.update(flags)
        model.write(root / name)

    # What ends it.
    model = Folder()
    model.drops_control(STOP)
    model.write(root / "end-in-settings")
    model = untied(7)
    model.config["eos_token_id"] = [2, 0]
    model.write(root / "eager")

    # White space around control tokens.
    model = Folder()
    model.settings["added_tokens_decoder"] = {
        "0": {k: v for k, v in added(0, END).items() if k != "id"},
        "1": {k: v for k, v in added(1, START, lstrip=True, rstrip=True).items() if k != "id"},
        "2": {k: v for k, v in added(2, STOP, lstrip=True, rstrip=True).items() if k != "id"}}
    model.write(root / "strip-in-settings")
    model = Folder()
    for token in model.tokenizer["added_tokens"][1:]:
        token["rstrip"] = True
    model.write(root / "strip-in-file")

    # Vocabularies.
    model = Folder()
    model.config["vocab_size"] = 323
    model.write(root / "padded")
    model = Folder()
    letters = ["<pad>", "▁"] + [chr(c) for c in range(ord("a"), ord("z") + 1)]
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": True}
    model.tokenizer["added_tokens"] = [added(0, "<pad>")]
    model.tokenizer["model"]["vocab"] = {letter: id for id, letter in enumerate(letters)}
    model.tokenizer["pre_tokenizer"] = model.tokenizer["decoder"] = metaspace
    model.settings = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>"}
    model.config.update({"vocab_size": len(letters), "bos_token_id": None, "eos_token_id": None})
    model.write(root / "no-unknown")
