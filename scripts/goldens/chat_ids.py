"""What transformers' apply_chat_template(tokenize=True) makes of conversations, for ChatIDTests: ids.

    chat_ids.py TOKENIZATION OUT.jsonl     TOKENIZATION: Tests/AlignDataTests/Resources/Tokenization

Each row: a chat format, the vocabulary it is tried on, the files beside that vocabulary's tokenizer.json (control tokens
that it lacks are in `added_tokens_decoder` alone), and conversations: a system message or null, a user's message, the ids.
Needs: transformers (goldens made with transformers 5.24).
"""
import json, os, shutil, sys, tempfile

from transformers import PreTrainedTokenizerFast

import chat_templates

source, out = sys.argv[1:]
SYSTEMS = [None, "Answer in one line."]
MESSAGES = ["Plain words.", "Sum up, in 12 words or fewer:\n\nTITLE: It's 3 o'clock\n\nPOST: We don\u2019t know \u2014 yet.",
            "  two blanks before,\ttabs\r\nand CRLF  ", "na\u00efve caf\u00e9 e\u0301, \u4e2d\u6587\u5b57, \U0001f44d\U0001f3fd and \u0645\u0631\u062d\u0628\u0627", "a" * 100, "\u00a0x\u3000"]


def template(name, form):
    """The files that carry a template: one template, a list of named ones, or a file of its own."""
    text = chat_templates.OWN[name]
    if form == "list":
        return {}, {"chat_template": [{"name": "other", "template": "none"}, {"name": "default", "template": text}]}
    if form == "file":
        return {"chat_template.jinja": text}, {"chat_template": "none"}
    if form == "file with CRLF":
        return {"chat_template.jinja": text.replace("\n", "\r\n")}, {}
    return {}, {"chat_template": text}


def added(content, **flags):
    return {"content": content, "lstrip": False, "rstrip": False, "single_word": False, "normalized": False,
            "special": True} | flags


def named(content, **flags):
    return added(content, **flags) | {"__type": "AddedToken"}


STRIPPING = {"added_tokens_decoder": {"1": added("<|im_start|>", lstrip=True, rstrip=True),
                                      "2": added("<|im_end|>", lstrip=True, rstrip=True)}}

# A format's template, how it is carried, a vocabulary, its beginning and end of sequence, control tokens it lacks, and what
# else the configuration says.
FORMATS = [
    ("plain lines", "file with CRLF", "smollm", "<|endoftext|>", "<|im_end|>", [], {}),
    ("every named token", "one", "smollm", "<s>", "<|im_end|>", [],
     {"pad_token": "<|endoftext|>", "unk_token": "<unk>", "sep_token": "<|im_start|>", "mask_token": "<mask>",
      "cls_token": named("<cls>", lstrip=True)}),
    ("chatml", "one", "smollm", "<|endoftext|>", "<|im_end|>", [], STRIPPING),
    ("chatml with a system message of its own", "one", "smollm", "<|endoftext|>", "<|im_end|>", [], STRIPPING),
    ("gemma", "one", "smollm", "<bos>", "<eos>", [],
     {"additional_special_tokens": [named("<start_of_turn>", rstrip=True), "<end_of_turn>"]}),
    ("chatml", "list", "smollm", "<|endoftext|>", "<|im_end|>", []),
    ("chatml with a system message of its own", "one", "gpt2", "<|endoftext|>", "<|im_end|>", []),
    ("qwen, thinking", "file", "qwen2", None, "<|im_end|>", []),
    ("llama 2", "one", "llama2", "<s>", "</s>", []),
    ("llama 3", "one", "llama3", "<|begin_of_text|>", "<|eot_id|>", ["<|start_header_id|>", "<|end_header_id|>"]),
    ("gemma", "one", "mistral3", "<s>", "</s>", ["<start_of_turn>", "<end_of_turn>"]),
    ("gemma with the system message in the first turn", "one", "smollm", "<|endoftext|>", "<|im_end|>",
     ["<start_of_turn>", "<end_of_turn>"]),
    ("zephyr", "one", "llama2", "<s>", "</s>", []),
    ("zephyr", "one", "mistral3", "<s>", "</s>", ["<|user|>"]),
]


def row(name, form, vocabulary, bos, eos, control, more=None):
    with open(f"{source}/{vocabulary}/tokenizer.json") as file:
        content = json.load(file)
    count = 1 + max([*content["model"]["vocab"].values(), *(token["id"] for token in content["added_tokens"])])
    flags = {"lstrip": False, "rstrip": False, "single_word": False, "normalized": False, "special": True}
    files, carried = template(name, form)
    configuration = carried | {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": eos,
                               "added_tokens_decoder": {str(count + i): {"content": token} | flags
                                                        for i, token in enumerate(control)}}
    if more is not None:
        if not control:
            del configuration["added_tokens_decoder"]
        configuration |= more
    if bos is not None:
        configuration["bos_token"] = bos
    files["tokenizer_config.json"] = json.dumps(configuration, sort_keys=True)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(f"{source}/{vocabulary}/tokenizer.json", folder)
        for file, text in files.items():
            with open(os.path.join(folder, file), "w") as handle:
                handle.write(text)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    conversations = []
    for system in SYSTEMS:
        for message in MESSAGES:
            turns = ([{"role": "system", "content": system}] if system else []) + [{"role": "user", "content": message}]
            try:
                ids = tokenizer.apply_chat_template(turns, tokenize=True, add_generation_prompt=True, return_dict=False)
            except Exception:
                continue  # The template takes no system message.
            conversations.append({"system": system, "message": message, "ids": ids})
    return {"name": name, "vocabulary": vocabulary, "files": files, "conversations": conversations}


with open(out, "w") as file:
    for entry in FORMATS:
        made = row(*entry)
        file.write(json.dumps(made, sort_keys=True) + "\n")
        print(f"{made['name']}\t{made['vocabulary']}\t{len(made['conversations'])} conversations")
