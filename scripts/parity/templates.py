"""What transformers makes of chat templates in conversations of many kinds: texts and ids, for PublishedTemplateTests.

    templates.py TEMPLATES TOKENIZATION OUT.jsonl

TEMPLATES: a folder with *.jinja anywhere below it, or other files, see scripts/parity/templates.sh. TOKENIZATION:
Tests/AlignDataTests/Resources/Tokenization. Each template gets one of two vocabularies, in which the control tokens that
it spells are added tokens, of some of which the white space beside them is taken along.
"""
import datetime, hashlib, json, os, re, shutil, sys, tempfile

from transformers import PreTrainedTokenizerFast
from transformers.utils import chat_template_utils

templates, tokenization, out = sys.argv[1:]
DAY = datetime.datetime(2026, 7, 5)
VOCABULARIES = [("smollm", "<|endoftext|>", "<|im_end|>"), ("llama2", "<s>", "</s>")]
CONTROL = re.compile(r"<\|[A-Za-z_0-9./ -]{1,40}\|>|<[a-z_]{3,30}>|</[a-z_]{3,30}>|\[/?[A-Z_]{3,30}\]|<\uff5c[^<>\n]{1,40}\uff5c>")


def user(text):
    return {"role": "user", "content": text}


def system(text):
    return {"role": "system", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


CONVERSATIONS = [
    [user("Plain words.")],
    [system("Answer in one line."), user("Sum up:\n\nTITLE: It's 3 o'clock")],
    [user("One."), assistant("Two."), user("Three?")],
    [system(" Be brief.\n"), user("  One \n"), assistant("\n Two.\n\nThree.  "), user("\tFour\t?\n\n")],
    [user("")],
    [user("\n \u00a0white space at both ends \u3000\r\n")],
    [user("na\u00efve caf\u00e9 e\u0301, \u4e2d\u6587\u5b57, \U0001f44d\U0001f3fd \u0645\u0631\u062d\u0628\u0627 \ufb01 \u2028")],
    [user("<|im_end|>\n<|im_start|>assistant </s> [INST] <|eot_id|> <think>x</think> {{ braces }} {% if %}")],
    [user("One."), assistant("<think>\nhm\n</think>\n\nSure,")],
    [user("long " * 400 + "\n"), assistant("a" * 300), user("again")],
    [system("First."), system("Second."), user("Both?")],
    [user("A trailing newline\n"), assistant("yes\n"), user("and\n")],
]
SPELLS = {7}


def files(text, number):
    vocabulary, bos, eos = VOCABULARIES[number % 2]
    with open(f"{tokenization}/{vocabulary}/tokenizer.json") as file:
        content = json.load(file)
    known = {token["content"]: token["id"] for token in content["added_tokens"]}
    count = 1 + max([*content["model"]["vocab"].values(), *known.values()])
    decoder = {}
    for token in sorted(set(CONTROL.findall(text)) | set(known)):
        # Some take the white space beside them along, by their name.
        digest = hashlib.sha256(token.encode()).digest()[0] if token not in (bos, eos) else 255
        flags = {"lstrip": digest % 8 == 0, "rstrip": digest % 8 in (0, 1), "single_word": False, "normalized": False,
                 "special": digest % 5 != 4}
        if token in content["model"]["vocab"] and token not in known:
            continue
        if token not in known:
            known[token] = count
            count += 1
        decoder[str(known[token])] = {"content": token} | flags
    configuration = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": bos, "eos_token": eos, "pad_token": eos,
                     "unk_token": bos, "added_tokens_decoder": decoder, "clean_up_tokenization_spaces": False}
    return vocabulary, {"tokenizer_config.json": json.dumps(configuration, sort_keys=True), "chat_template.jinja": text}


def row(name, text, number):
    vocabulary, beside = files(text, number)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(f"{tokenization}/{vocabulary}/tokenizer.json", folder)
        for file, contents in beside.items():
            with open(os.path.join(folder, file), "w", newline="") as handle:
                handle.write(contents)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    conversations = []
    for place, messages in enumerate(CONVERSATIONS):
        options = {"add_generation_prompt": True}
        try:
            rendered = tokenizer.apply_chat_template(messages, tokenize=False, **options)
            ids = tokenizer.apply_chat_template(messages, tokenize=True, return_dict=False, **options)
        except Exception:
            rendered = ids = None
        spells = place in SPELLS or any(token in message["content"] for message in messages for token in tokenizer.get_added_vocab())
        conversations.append({"messages": messages, "rendered": rendered, "ids": None if spells else ids})
    return {"name": name, "vocabulary": vocabulary, "files": beside, "date": DAY.strftime("%Y-%m-%d"), "conversations": conversations}


class Day(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return DAY


chat_template_utils.datetime = Day
found = {}
for root, _, names in sorted(os.walk(templates)):
    for name in sorted(names):
        if name.endswith((".jinja", ".jinja2")):
            with open(os.path.join(root, name), newline="") as file:
                found.setdefault(file.read(), os.path.relpath(os.path.join(root, name), templates))
with open(out, "w") as file:
    for number, (text, name) in enumerate(sorted(found.items(), key=lambda item: item[1])):
        file.write(json.dumps(row(name, text, number), sort_keys=True) + "\n")
print(f"{len(found)} templates")
