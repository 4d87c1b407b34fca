"""Makes Tests/TorchLMTests/Resources/tiny-llama/objectives.json: for every objective of policies the loss, the gradients
of some weights and the weights after each of three AdamW steps over the groups of golden.json, written from the papers'
formulas over transformers' logits, one sequence at a time, with torch's autograd and optimizer.

Needs torch, transformers, safetensors; after tiny_llama.py. Usage: python scripts/goldens/objectives.py
"""
import json, pathlib
import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM

out = pathlib.Path(__file__).resolve().parents[2] / "Tests/TorchLMTests/Resources/tiny-llama"
golden = json.loads((out / "golden.json").read_text())
groups, scores = golden["groups"], golden["copg"]["rewards"]
beta, lam = 0.1, 0.9
watched = ["model.embed_tokens.weight", "model.layers.0.self_attn.k_proj.weight", "model.layers.1.mlp.down_proj.weight",
           "model.layers.1.input_layernorm.weight", "model.norm.weight"]


def tokens(model, head):
    """By group and completion: ln π of every token, and the head's value of the detached state before it."""
    result = []
    for group in groups:
        row = []
        for completion in group["completions"]:
            ids = torch.tensor([group["prompt"] + completion])
            at = torch.arange(len(group["prompt"]) - 1, ids.shape[1] - 1)
            states = model.model(ids).last_hidden_state[0, at]
            logits = F.linear(states, model.lm_head.weight).double()
            row.append((F.log_softmax(logits, -1).gather(1, ids[0, at + 1, None])[:, 0],
                        F.linear(states.detach(), head)[:, 0].double()))
        result.append(row)
    return result


def pairs(rewards, ratios, term, ordered):
    """(sum of `term` over the pairs, their number); winner first where `ordered`, which leaves ties out."""
    terms = []
    for a in range(len(rewards)):
        for b in range(a + 1, len(rewards)):
            first, second = (b, a) if ordered and rewards[b] > rewards[a] else (a, b)
            if not ordered or rewards[a] != rewards[b]:
                terms.append(term(ratios[first] - ratios[second], rewards[first] - rewards[second]))
    return sum(terms), len(terms)


def infonce(rewards, ratios):
    target = F.softmax(torch.tensor(rewards).double(), 0)
    return -(target * F.log_softmax(beta * torch.stack(ratios), 0)).sum(), 1


def reinforce(rewards, ratios, logps, baseline):
    advantage = [r - beta * float(l) for r, l in zip(rewards, ratios)]
    terms = [(a - baseline(advantage, k)) * l for k, (a, l) in enumerate(zip(advantage, logps))]
    return -sum(terms) / len(terms), 1


def monte_carlo(rewards, ratios, outputs):
    loss = 0
    for reward, ratio, (logps, values) in zip(rewards, ratios, outputs):
        target = reward - beta * float(ratio)
        loss = loss - (target - float(values[0])) * logps.sum() + (values[0] - target) ** 2 / 2
    return loss / len(outputs), 1


def td_lambda(rewards, outputs, reference):
    loss = 0
    for reward, (logps, values), ref in zip(rewards, outputs, reference):
        step = -beta * (logps.detach() - ref)
        step[-1] += reward
        fixed = values.detach()
        following = torch.cat([fixed[1:], torch.zeros(1).double()])
        delta = step + following - fixed
        advantage = torch.stack([
            sum(lam ** i * delta[t + i] for i in range(len(delta) - t)) for t in range(len(delta))])
        loss = loss - (advantage * logps).sum() + ((values - (advantage + fixed)) ** 2 / 2).mean()
    return loss / len(outputs), 1


def loss(name, group, outputs, reference):
    rewards = scores[group]
    logps = [logp.sum() for logp, _ in outputs]
    ratios = [logp - ref.sum() for logp, ref in zip(logps, reference)]
    count = len(rewards)
    match name:
        case "copg": return pairs(rewards, ratios, lambda d, dr: beta / 2 * d ** 2 - dr * d, False)
        case "copg-group":
            total, number = pairs(rewards, ratios, lambda d, dr: beta / 2 * d ** 2 - dr * d, False)
            return total / number, 1
        case "ipo": return pairs(rewards, ratios, lambda d, _: (d - 1 / (2 * beta)) ** 2, True)
        case "dpo": return pairs(rewards, ratios, lambda d, _: -F.logsigmoid(beta * d), True)
        case "slic": return pairs(rewards, ratios, lambda d, _: F.relu(1 - beta * d), True)
        case "rebel": return pairs(rewards, ratios, lambda d, dr: (beta * d - dr) ** 2, False)
        case "infonce": return infonce(rewards, ratios)
        case "rloo": return reinforce(rewards, ratios, logps, lambda a, k: (sum(a) - a[k]) / (count - 1))
        case "pg": return reinforce(rewards, ratios, logps, lambda a, k: 0)
        case "pg-value-monte-carlo": return monte_carlo(rewards, ratios, outputs)
        case "pg-value-td": return td_lambda(rewards, outputs, reference)
        case "sft": return -sum(logps), count


def run(name):
    model = AutoModelForCausalLM.from_pretrained(out / "policy", dtype=torch.float32)
    # Not zero, so that values matter from the first step on.
    head = torch.nn.Parameter(torch.linspace(-0.2, 0.3, model.config.hidden_size)[None])
    named = dict(model.named_parameters()) | {"value_head.weight": head}
    names = watched + (["value_head.weight"] if name.startswith("pg-value") else [])
    optimizer = torch.optim.AdamW(named.values(), lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    reference = [[logp.detach() for logp, _ in row] for row in tokens(model, head)]
    steps = []
    for _ in range(3):
        parts = [loss(name, g, row, reference[g]) for g, row in enumerate(tokens(model, head))]
        total = sum(part for part, _ in parts) / sum(weight for _, weight in parts)
        optimizer.zero_grad()
        total.backward()
        sums = {n: float(named[n].grad.double().sum()) for n in names}
        first = {n: [round(v, 8) for v in named[n].grad.flatten()[:4].tolist()] for n in names}
        optimizer.step()
        steps.append({"loss": float(total), "gradientSums": sums, "gradients": first,
                      "weights": {n: [round(v, 8) for v in named[n].detach().flatten()[:4].tolist()] for n in names}})
    return steps


names = ["copg", "copg-group", "ipo", "dpo", "slic", "rebel", "infonce", "rloo", "pg", "pg-value-monte-carlo",
         "pg-value-td", "sft"]
result = {"beta": beta, "lambda": lam, "rewards": scores, "objectives": {name: run(name) for name in names}}
(out / "objectives.json").write_text(json.dumps(result, indent=None, separators=(",", ":"), sort_keys=True) + "\n")
