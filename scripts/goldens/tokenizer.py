"""Makes Tests/AlignDataTests/Resources/Tokenization: two small byte-level BPE vocabularies trained on the project's
own sample posts, and what HF tokenizers makes of difficult texts with them.

smollm/  digits one by one, then the GPT-2 pattern; all 256 bytes; three control tokens
gpt2/    the GPT-2 pattern, NFC, some bytes missing, an added token that is not a control token

Usage: tokenizer.py SAMPLE_TEXTS.jsonl OUT. Needs: tokenizers (goldens made with 0.23.3).
"""
import json, os, sys

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

sys.path.insert(0, os.path.dirname(__file__))
import torture

source, out = sys.argv[1:3]
texts = [v for line in open(source) for v in json.loads(line).values() if isinstance(v, str)]
BYTES = pre_tokenizers.ByteLevel(add_prefix_space=False)
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def train(name, pre_tokenizer, alphabet, normalizer=None, added=()):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=1000, special_tokens=CONTROL, initial_alphabet=alphabet, show_progress=False))
    tokenizer.add_tokens(list(added))
    folder = os.path.join(out, name)
    os.makedirs(folder, exist_ok=True)
    tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as file:
        json.dump({"bos_token": "<|im_start|>", "eos_token": "<|im_end|>", "pad_token": "<|im_end|>",
                   "chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}"}, file, sort_keys=True)
    cases = torture.fixed() + list(torture.chance(150, seed=7)) + texts[:6]
    with open(os.path.join(folder, "goldens.jsonl"), "w") as file:
        for text in dict.fromkeys(cases):
            row = {"text": text}
            tokenizer.encode_special_tokens = True
            row["plain"] = tokenizer.encode(text, add_special_tokens=False).ids
            tokenizer.encode_special_tokens = False
            row["parsed"] = tokenizer.encode(text, add_special_tokens=False).ids
            row["decoded"] = tokenizer.decode(row["parsed"], skip_special_tokens=True)
            row["whole"] = tokenizer.decode(row["parsed"], skip_special_tokens=False)
            row["half"] = tokenizer.decode(row["plain"][1::2], skip_special_tokens=True)
            file.write(json.dumps(row, ensure_ascii=True, sort_keys=True, separators=(",", ":")) + "\n")


train("smollm", pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), BYTES]), BYTES.alphabet())
# Some bytes are missing, as from SmolLM2's vocabulary.
train("gpt2", BYTES, [c for c in BYTES.alphabet() if c not in "ĄĆñõ"], normalizers.NFC(), [AddedToken("[[note]]", normalized=False)])
