"""Loads what ParityTests saved (PARITY/policy, PARITY/reward) with transformers' Auto classes, in fp32, and compares: the
policy's logits, the tokenizer's ids, and the rewards of single sequences and of a batch that the tokenizer padded.

Usage: saved.py PARITY [TOKENIZER_GOLDENS.jsonl]. TOKENIZER_GOLDENS: what tokenizer.py made, of the same model.
Needs: torch, transformers, safetensors.
"""
import json, pathlib, sys

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

import model as oracle
import report


@torch.no_grad()
def rewards(model, tokenizer, sequences, side=None):
    """One sequence at a time; in batches of eight padded on `side` where it is given."""
    if side is None:
        return [model(torch.tensor([ids])).logits.item() for ids in sequences]
    tokenizer.padding_side = side
    values = []
    for start in range(0, len(sequences), 8):
        batch = tokenizer.pad({"input_ids": sequences[start:start + 8]}, return_tensors="pt")
        values += model(**batch).logits[:, 0].tolist()
    return values


def compare_rewards(out, source, what, folder, sequences, expected, limit):
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert model.config.num_labels == 1
    for side in (None, "right", "left"):
        values = rewards(model, tokenizer, sequences, side)
        how = "one at a time" if side is None else f"batches padded on the {side}"
        report.add(out, source, f"{what}, {how}", [abs(a - b) for a, b in zip(values, expected)], limit)


def main(out, texts):
    goldens = json.loads((out / "goldens.json").read_text())
    policy = AutoModelForCausalLM.from_pretrained(out / "policy", dtype=torch.float32).eval()
    theirs = oracle.tensors(policy, goldens["prompts"], goldens["greedy"])
    ours = load_file(out / "policy.safetensors")
    before = load_file(out / "goldens.safetensors")
    gather = lambda other, kind: torch.cat(
        [(ours[name] - other[name]).abs().flatten() for name in ours if name.startswith(kind)]).tolist()
    for kind, what in (("last", "last position"), ("columns", "every position, 64 columns")):
        report.add(out, "saved", f"trained policy's logits, {what}", gather(theirs, kind), 1e-3)
    report.add(out, "(movement)", "trained policy's logits against the untrained", gather(before, "last"), None)
    if texts:
        rows = [json.loads(line) for line in open(texts)]
        for name in ("policy", "reward"):
            tokenizer = AutoTokenizer.from_pretrained(out / name)
            differ = [float(tokenizer(r["text"], add_special_tokens=False).input_ids != r["parsed"]) for r in rows]
            report.add(out, "saved", f"{name}'s tokenizer, texts whose ids differ", differ, 0)
    sequences = [p + c for p, cs in zip(goldens["prompts"], goldens["completions"]) for c in cs]
    expected = [value for row in json.loads((out / "reward.json").read_text()) for value in row]
    compare_rewards(out, "saved", "rewards", out / "reward", sequences, expected, 1e-3)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
