"""Holds what `generate` and `score` stored (in bf16 where the machine has it) against transformers in fp32: the
log-probabilities per token and the rewards of the first completions of a shard set.

Usage: shards.py OUT HF_DIR REWARD_MODEL CANDIDATES REWARDS [COUNT]. Needs: torch, transformers.
"""
import pathlib, sqlite3, struct, sys

import torch
from transformers import AutoModelForCausalLM

import model as oracle
import report
import saved



def ids(blob, width):
    return list(struct.unpack(f"<{len(blob) // width}{'H' if width == 2 else 'i'}", blob))


def rows(candidates, rewards, count):
    """Ids of prompt and completion, both log-probabilities, reward."""
    for shard in sorted(pathlib.Path(candidates).glob("shard-*.sqlite")):
        base = sqlite3.connect(f"file:{shard}?mode=ro", uri=True)
        base.execute("ATTACH ? AS scored", (f"file:{pathlib.Path(rewards) / shard.name}?mode=ro",))
        width = int(base.execute("SELECT value FROM shard_info WHERE key = 'token_width'").fetchone()[0])
        for prompt, completion, *numbers in base.execute(
            "SELECT p.tokens, c.tokens, c.log_probability, c.reference_log_probability, r.value FROM completion c"
            " JOIN prompt p ON p.id = c.prompt_id JOIN scored.reward r ON r.completion_id = c.id"
            " ORDER BY c.prompt_position, c.rollout_index LIMIT ?", (count,)):
            yield ids(prompt, width), ids(completion, width), *numbers


def main(out, folder, reward_model, candidates, rewards, count):
    taken = list(rows(candidates, rewards, count))[:count]
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    sums = [sum(oracle.token_log_probabilities(model, p, c)) for p, c, *_ in taken]
    for column, name in ((2, "log-probability"), (3, "reference log-probability")):
        differences = [abs(row[column] - s) / len(row[1]) for row, s in zip(taken, sums)]
        report.add(out, "stored", f"{name} of a completion, per token", differences, None)
        mean = sum(row[column] - s for row, s in zip(taken, sums)) / sum(len(row[1]) for row in taken)
        report.add(out, "stored", f"{name} per token, signed mean", [abs(mean)], None)
    saved.compare_rewards(
        out, "stored", "rewards", reward_model, [p + c for p, c, *_ in taken], [row[4] for row in taken], None)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), *sys.argv[2:6], int(sys.argv[6]) if len(sys.argv) > 6 else 64)
