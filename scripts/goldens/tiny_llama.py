"""Makes Tests/TorchLMTests/Resources/tiny-llama: a random Llama with its log-probabilities, rewards, gradients and
AdamW steps as PyTorch and transformers compute them, one sequence at a time and without any shared prefix.

Needs torch, transformers, safetensors. Usage: python scripts/goldens/tiny_llama.py
"""
import json, pathlib
import torch
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification

out = pathlib.Path(__file__).resolve().parents[2] / "Tests/TorchLMTests/Resources/tiny-llama"
torch.manual_seed(7)
shape = dict(
    hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
    vocab_size=96, max_position_embeddings=128, rms_norm_eps=1e-5, tie_word_embeddings=True,
    rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, bos_token_id=1, eos_token_id=2, pad_token_id=2)

def randomized(model, scale):
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(1 + 0.1 * torch.randn_like(p) if "norm" in name else scale * torch.randn_like(p))
    return model

policy = randomized(LlamaForCausalLM(LlamaConfig(**shape)), 0.15)
reward = randomized(LlamaForSequenceClassification(LlamaConfig(**shape, num_labels=1)), 0.15)
policy.save_pretrained(out / "policy")
reward.save_pretrained(out / "reward")

draw = lambda n: torch.randint(3, 96, (n,)).tolist()
groups = [
    {"prompt": draw(9), "completions": [draw(5) + [2], draw(1), draw(7)]},
    {"prompt": draw(3), "completions": [draw(4), draw(6) + [2]]},
]

def log_probabilities(model):
    rows = []
    for g in groups:
        row = []
        for c in g["completions"]:
            ids = torch.tensor([g["prompt"] + c])
            logp = torch.log_softmax(model(ids).logits[0].double(), -1)
            at = torch.arange(len(g["prompt"]) - 1, ids.shape[1] - 1)
            row.append(logp[at, ids[0, at + 1]].sum())
        rows.append(row)
    return rows

plain = lambda rows: [[float(v) for v in row] for row in rows]
golden = {"groups": groups, "logProbabilities": plain(log_probabilities(policy))}
golden["logits"] = policy(torch.tensor([groups[0]["prompt"]])).logits[0].detach().tolist()
golden["greedy"] = policy.generate(
    torch.tensor([groups[0]["prompt"]]), attention_mask=torch.ones(1, 9, dtype=torch.long), max_new_tokens=12,
    do_sample=False, eos_token_id=95, pad_token_id=95)[0, 9:].tolist()
# Padding must differ from end-of-sequence, or transformers reads the reward one token early.
reward.config.pad_token_id = 0
golden["rewards"] = [[float(reward(torch.tensor([g["prompt"] + c])).logits) for c in g["completions"]] for g in groups]

# CoPG over all pairs, averaged over the pairs of the batch; AdamW as torch has it.
beta, scores = 0.1, [[0.5, -0.25, 1.0], [0.0, 0.75]]
reference = golden["logProbabilities"]
golden["copg"] = {"beta": beta, "rewards": scores, "steps": []}
optimizer = torch.optim.AdamW(policy.parameters(), lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
watched = ["model.embed_tokens.weight", "model.layers.0.self_attn.k_proj.weight", "model.layers.1.mlp.down_proj.weight",
           "model.layers.1.input_layernorm.weight", "model.norm.weight"]
named = dict(policy.named_parameters())
for _ in range(3):
    terms = []
    for row, ref, rewards in zip(log_probabilities(policy), reference, scores):
        ratio = [l - r for l, r in zip(row, ref)]
        for a in range(len(row)):
            for b in range(a + 1, len(row)):
                d, dr = ratio[a] - ratio[b], rewards[a] - rewards[b]
                terms.append(beta / 2 * d * d - dr * d)
    loss = sum(terms) / len(terms)
    optimizer.zero_grad()
    loss.backward()
    norm = torch.sqrt(sum((p.grad.double() ** 2).sum() for p in policy.parameters()))
    gradients = {n: float(named[n].grad.double().sum()) for n in watched}
    sample = {n: named[n].grad.flatten()[:4].tolist() for n in watched}
    optimizer.step()
    golden["copg"]["steps"].append({
        "loss": float(loss), "gradientNorm": float(norm), "gradientSums": gradients, "gradients": sample,
        "weights": {n: named[n].detach().flatten()[:4].tolist() for n in watched}})
(out / "golden.json").write_text(json.dumps(golden, indent=1, sort_keys=True) + "\n")
