"""Makes the goldens that ALIGN_DATA_PARITY names (see ParityTests): what transformers computes in fp32, one sequence at
a time, of ten prompts of 1 to 600 tokens and of three completions of each: its own greedy one, the text that follows
the prompt and a text that does not.

Usage: model.py HF_DIR OUT [TEXTS.jsonl]. TEXTS: objects with strings, cut into the prompts; the samples' posts by
default. Needs: torch, transformers, safetensors.

OUT/goldens.json holds the ids (prompts, greedy continuations, completions) and the log-probability of every completion
token; OUT/goldens.safetensors the logits: of the last position whole (last.N), of every position COLUMNS columns
(columns.N) and the log-probability of the token that comes next (next.N), which is where the other columns enter.
"""
import json, pathlib, sys

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

import report

LENGTHS = [1, 2, 3, 7, 16, 33, 64, 127, 300, 600]
COLUMNS = 64
NEW_TOKENS = 40


def prompts(folder, path):
    """Consecutive pieces of the texts, and for each what follows it and a piece from elsewhere."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    text = "\n\n".join(v for line in open(path) for v in json.loads(line).values() if isinstance(v, str))
    ids = tokenizer(text[:20_000], add_special_tokens=False).input_ids
    result = []
    for n, length in enumerate(LENGTHS):
        start, other = sum(LENGTHS[:n]), sum(LENGTHS) + NEW_TOKENS * (n + 1)
        follows = ids[start + length:start + length + NEW_TOKENS]
        result.append((ids[start:start + length], follows, ids[other:other + NEW_TOKENS // 2]))
    return result


@torch.no_grad()
def logits(model, ids):
    return model(torch.tensor([ids])).logits[0].float()


def token_log_probabilities(model, prompt, completion):
    rows = torch.log_softmax(logits(model, prompt + completion)[len(prompt) - 1:-1].double(), -1)
    return rows.gather(1, torch.tensor(completion)[:, None])[:, 0].tolist()


def tensors(model, prompts, greedy):
    """The tensors of goldens.safetensors: of this model, for these prompts and the tokens after them."""
    columns = torch.arange(COLUMNS) * model.config.vocab_size // COLUMNS
    result = {}
    for n, (prompt, after) in enumerate(zip(prompts, greedy)):
        rows = logits(model, prompt)
        following = torch.tensor(prompt[1:] + after[:1])
        result[f"last.{n}"] = rows[-1].clone()
        result[f"columns.{n}"] = rows[:, columns].contiguous()
        result[f"next.{n}"] = torch.log_softmax(rows.double(), -1).gather(1, following[:, None])[:, 0].float()
    return result


def continued(model, prompt):
    ids = torch.tensor([prompt])
    end = model.config.eos_token_id
    return model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=NEW_TOKENS, do_sample=False, eos_token_id=end,
        pad_token_id=end)[0, len(prompt):].tolist()


def main(folder, out, texts):
    out.mkdir(parents=True, exist_ok=True)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    pieces = prompts(folder, texts)
    given = [prompt for prompt, _, _ in pieces]
    greedy = [continued(model, prompt) for prompt in given]
    completions = [[g, follows, other] for g, (_, follows, other) in zip(greedy, pieces)]
    expected = [[token_log_probabilities(model, p, c) for c in cs] for p, cs in zip(given, completions)]
    closest = min(
        (top[:, 0] - top[:, 1]).min().item()
        for p, g in zip(given, greedy) for top in [logits(model, p + g)[len(p) - 1:-1].topk(2).values])
    print(f"greedy: the closest two logits are {closest:.4f} apart")
    save_file(tensors(model, given, greedy), out / "goldens.safetensors")
    (out / "goldens.json").write_text(json.dumps({
        "prompts": given, "greedy": greedy, "completions": completions, "tokenLogProbabilities": expected}))
    # What bf16 costs transformers itself: the measure for what it costs us.
    half = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()
    differences = [
        abs(a - b) for p, cs, es in zip(given, completions, expected) for c, e in zip(cs, es)
        for a, b in zip(token_log_probabilities(half, p, c), e)]
    report.add(out, "transformers", "bf16 log-probability of a token", differences, None)


if __name__ == "__main__":
    root = pathlib.Path(__file__).resolve().parents[2]
    default = root / "samples/corpus/posts.jsonl"
    main(sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else default)
