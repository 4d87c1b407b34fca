"""Makes Tests/AlignDataTests/Resources/Tokenization: small BPE vocabularies of all kinds, trained on the project's own
sample posts, and what HF tokenizers makes of the published torture file with them (a line of goldens.jsonl for each of its
lines, in its order). A text that is decoded as it was is left out.

smollm, gpt2, neox, llama3, qwen2, deepseek3, deepseek-llm   bytes, with these models' split patterns
llama2, mistral3, gemma                                      characters, with bytes to fall back to
flags                                                        NFKC, a prefix space, tokens with flags, an unknown token

Usage: tokenizer.py SAMPLE_TEXTS.jsonl OUT. Needs: tokenizers, gguf (goldens made with 0.23.3 and 0.19.0).
"""
import json, os, sys

from gguf import GGUFWriter, TokenType
from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors,
                        trainers)

sys.path.insert(0, os.path.dirname(__file__))
import split_patterns, torture

source, out = sys.argv[1:3]
texts = [v for line in open(source) for v in json.loads(line).values() if isinstance(v, str)]
ALPHABET = pre_tokenizers.ByteLevel.alphabet()
GPT2 = pre_tokenizers.ByteLevel(add_prefix_space=False)
BYTES = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


DIGITS = pre_tokenizers.Digits(individual_digits=True)


def isolated(*patterns):
    return [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in patterns]


def write(name, tokenizer, edit=lambda data: None):
    """The vocabulary, then what the reference makes of the published texts with it."""
    folder = os.path.join(out, name)
    os.makedirs(folder, exist_ok=True)
    data = json.loads(tokenizer.to_str())
    edit(data)
    with open(os.path.join(folder, "tokenizer.json"), "w") as file:
        json.dump(data, file, ensure_ascii=False, separators=(",", ":"))
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    with open(os.path.join(folder, "goldens.jsonl"), "w") as file:
        for item in torture.published():
            text = item.decode(errors="replace")
            tokenizer.encode_special_tokens = True
            plain = tokenizer.encode(text, add_special_tokens=False).ids
            tokenizer.encode_special_tokens = False
            parsed = tokenizer.encode(text, add_special_tokens=False).ids
            framed = tokenizer.encode(text).ids
            row = {"plain": plain, "half": tokenizer.decode(plain[1::2])}
            for key, value, usual in [
                    ("parsed", parsed, plain), ("framed", framed, parsed), ("decoded", tokenizer.decode(parsed), text),
                    ("whole", tokenizer.decode(parsed, skip_special_tokens=False), text)]:
                if value != usual:
                    row[key] = value
            file.write(json.dumps(row, ensure_ascii=True, sort_keys=True, separators=(",", ":")) + "\n")
    return data


def configure(name, **values):
    with open(os.path.join(out, name, "tokenizer_config.json"), "w") as file:
        json.dump(values, file, sort_keys=True)


def bytes_of(name, steps, alphabet=ALPHABET, normalizer=None, size=600, special=CONTROL, added=(), template=None,
             edit=lambda data: None):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = steps[0] if len(steps) == 1 else pre_tokenizers.Sequence(steps)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=size, special_tokens=special, initial_alphabet=alphabet, show_progress=False))
    tokenizer.add_tokens(list(added))
    if template is not None:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=template, special_tokens=[(t, tokenizer.token_to_id(t)) for t in special if t in template])
    write(name, tokenizer, edit)


def unmerge(data):
    """Leaves pieces that no merge makes: only `ignore_merges` finds them."""
    model = data["model"]
    model["ignore_merges"] = True
    model["merges"] = [merge for i, merge in enumerate(model["merges"]) if i % 9 != 8 or i < 40]
    made = {"".join(merge) for merge in model["merges"]} | {p for p in model["vocab"] if len(p) == 1}
    model["merges"] = [merge for merge in model["merges"] if made.issuperset(merge)]


def characters_of(name, normalizer=None, pre_tokenizer=None, control=(), strips=True, added=(), size=700):
    """SentencePiece BPE as transformers converts it: pieces by score, and from them all merges."""
    trained = Tokenizer(models.BPE())
    trained.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    trained.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    trained.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=size - 259 - len(control), special_tokens=[], show_progress=False,
        initial_alphabet=list("▁\n中文字日本語é")))
    learned = [p for p, _ in sorted(trained.get_vocab().items(), key=lambda item: item[1])]
    merged = [p for p in learned if len(p) > 1]
    user = [t.content for t in added]
    pieces = (["<unk>", "<s>", "</s>"] + list(control) + [f"<0x{b:02X}>" for b in range(256)] + user + merged
              + [p for p in learned if len(p) == 1])
    scores = {p: -float(i) for i, p in enumerate(merged)}
    ids = {p: i for i, p in enumerate(pieces)}
    merges = []
    for piece, score in scores.items():
        ways = [(piece[:i], piece[i:]) for i in range(1, len(piece))]
        ways = sorted((w for w in ways if w[0] in ids and w[1] in ids), key=lambda w: (ids[w[0]], ids[w[1]]))
        merges += [(score, len(w[0]), len(w[1]), w) for w in ways]
    merges = [m[3] for m in sorted(merges, key=lambda m: m[:3], reverse=True)]
    tokenizer = Tokenizer(models.BPE(vocab=ids, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in ["<unk>", "<s>", "</s>", *control]])
    tokenizer.add_tokens(list(added))
    parts = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence(parts + ([decoders.Strip(" ", 1, 0)] if strips else []))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    write(name, tokenizer)
    configure(name, bos_token="<s>", eos_token="</s>")
    return pieces, [scores.get(p, -1e6 if len(p) == 1 else 0.0) for p in pieces], len(control), len(added)


def gguf(path, pieces, scores, control, added):
    """The same vocabulary as GGUF metadata."""
    writer = GGUFWriter(path, "llama")
    writer.add_tokenizer_model("llama")
    writer.add_token_list(pieces)
    writer.add_token_scores(scores)
    kinds = ([TokenType.UNKNOWN] + [TokenType.CONTROL] * (2 + control) + [TokenType.BYTE] * 256
             + [TokenType.USER_DEFINED] * added)
    writer.add_token_types(kinds + [TokenType.NORMAL] * (len(pieces) - len(kinds)))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


bytes_of("smollm", [DIGITS, GPT2], size=1000)
# Some bytes are missing, as from SmolLM2's vocabulary.
bytes_of("gpt2", [GPT2], [c for c in ALPHABET if c not in "ĄĆñõ"], normalizers.NFC(), size=1000,
         added=[AddedToken("[[note]]", normalized=False)])
for name in ["smollm", "gpt2"]:
    configure(name, bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|im_end|>",
              chat_template="{% for m in messages %}{{ m.content }}{% endfor %}")
bytes_of("neox", [GPT2], normalizer=normalizers.NFC(), special=["<|endoftext|>", "<|padding|>"],
         added=[AddedToken(" " * n, normalized=True) for n in range(24, 1, -1)])
bytes_of("llama3", [*isolated(split_patterns.LLAMA3), BYTES], special=["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"],
         template="<|begin_of_text|> $A", edit=unmerge)
with open(os.path.join(out, "llama3", "generation_config.json"), "w") as file:
    json.dump({"bos_token_id": 0, "eos_token_id": [1, 2]}, file, sort_keys=True)
configure("llama3", bos_token="<|begin_of_text|>", eos_token="<|end_of_text|>")
bytes_of("qwen2", [*isolated(split_patterns.QWEN2), BYTES], normalizer=normalizers.NFC(),
         added=[AddedToken(t, normalized=False) for t in ["<tool_call>", "</tool_call>", "<think>", "</think>"]])
bytes_of("deepseek3", [*isolated(*split_patterns.DEEPSEEK3), BYTES], special=["<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"],
         added=[AddedToken("User", normalized=True)])
bytes_of("deepseek-llm", [*isolated(*split_patterns.DEEPSEEK_LLM), DIGITS, BYTES])
LEGACY = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
made = characters_of("llama2", LEGACY)
gguf(os.path.join(out, "llama2", "tokenizer.gguf"), *made)
characters_of("mistral3", None, pre_tokenizers.Metaspace("▁", "first", split=False), ["[INST]", "[/INST]"])
characters_of("gemma", normalizers.Replace(" ", "▁"), pre_tokenizers.Split(" ", "merged_with_previous"),
              ["<start_of_turn>"], strips=False,
              added=[AddedToken(t, normalized=False) for t in ["\n\n", "\n\n\n", "▁▁", "▁▁▁"]])
bytes_of("flags", [pre_tokenizers.ByteLevel(add_prefix_space=True)], [c for c in ALPHABET if c not in "ĄĆñõ"],
         normalizers.NFKC(), special=["<s>", "</s>", "<unk>", "<mask>"], template="<s> $A </s>",
         added=[AddedToken("<mask>", lstrip=True, rstrip=True, normalized=False, special=True),
                AddedToken("word", single_word=True, normalized=False), AddedToken("ﬁ", normalized=True),
                AddedToken("]]", rstrip=True, normalized=False), AddedToken("!!", lstrip=True, normalized=True)],
         edit=lambda data: data["model"].update(unk_token="<unk>"))
