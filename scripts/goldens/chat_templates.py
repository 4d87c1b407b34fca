"""What transformers makes of chat templates, for ChatTemplateTests.

    chat_templates.py OUT.jsonl            templates written here, in the forms that models use
    chat_templates.py OUT.jsonl FOLDER     every *.jinja below FOLDER (published templates, not kept here)
    chat_templates.py --conversations OUT.jsonl     the templates written here, with conversations of several turns

Each row: a template, its control tokens, a system message or null, a user's message, and what is rendered (null where
the template refuses). The date of the day is hidden from templates, as ChatTemplate hides it.
Needs: transformers, jinja2 (goldens made with transformers 5.23).
"""
import json, os, sys

from transformers.utils.chat_template_utils import _compile_jinja_template

OWN = {
    "plain lines": """{% for m in messages %}
<|im_start|>{{ m.role }}
{{ m.content }}<|im_end|>
{% endfor %}

{% if add_generation_prompt %}
<|im_start|>assistant
{% endif %}
""",
    "every named token": """{{ bos_token }}{% for m in messages %}{{ m.role + sep_token + m.content }}{{ pad_token }}{% endfor %}
{%- if unk_token is defined %}{{ unk_token }}{% endif %}{{ cls_token }}{{ mask_token }}{{ nothing_token }}assistant:""",
    "chatml": """{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>' + '\\n' }}{% endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}""",
    "chatml with a system message of its own": """{% for m in messages %}
    {%- if loop.first and m.role != 'system' %}
        {{- '<|im_start|>system\\nBe brief.<|im_end|>\\n' }}
    {%- endif %}
    {{- '<|im_start|>' ~ m.role ~ '\\n' ~ m.content | trim ~ '<|im_end|>\\n' }}
{%- endfor %}
{% if add_generation_prompt %}
<|im_start|>assistant
{% endif %}
""",
    "llama 2": """{%- set ns = namespace(system='') -%}
{%- for m in messages -%}
    {%- if m['role'] == 'system' -%}{%- set ns.system = '<<SYS>>\\n' + m['content'].strip() + '\\n<</SYS>>\\n\\n' -%}
    {%- elif m['role'] == 'user' -%}{{ bos_token + '[INST] ' + ns.system + m['content'].strip() + ' [/INST]' }}
    {%- else -%}{{ ' ' + m['content'].strip() + ' ' + eos_token }}{%- endif -%}
{%- endfor -%}""",
    "llama 3": """{% set head = '<|start_header_id|>' %}{% for m in messages %}{% set turn = head + m['role'] + '<|end_header_id|>\\n\\n'+ m['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set turn = bos_token + turn %}{% endif %}{{ turn }}{% endfor %}{% if add_generation_prompt %}{{ head + 'assistant<|end_header_id|>\\n\\n' }}{% endif %}""",
    "llama 3 with a date": """{{- bos_token }}
{%- if strftime_now is defined %}{% set day = strftime_now('%d %b %Y') %}{% else %}{% set day = '1 Jan 2024' %}{% endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system = '' %}
{%- endif %}
{{- '<|start_header_id|>system<|end_header_id|>\\n\\nToday: ' + day + '\\n\\n' + system + '<|eot_id|>' }}
{%- for m in messages %}
    {%- if not (m.role == 'tool' or 'tool_calls' in m) %}
        {{- '<|start_header_id|>' + m['role'] + '<|end_header_id|>\\n\\n' + m['content'] | trim + '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}""",
    "gemma": """{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system messages') }}{% endif %}{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('turns must alternate') }}{% endif %}{% set role = 'model' if m['role'] == 'assistant' else m['role'] %}{{ '<start_of_turn>' + role + '\\n' + m['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\\n'}}{% endif %}""",
    "gemma with the system message in the first turn": """{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set first = messages[0]['content'] + '\\n\\n' -%}
    {%- else -%}
        {%- set first = messages[0]['content'][0]['text'] + '\\n\\n' -%}
    {%- endif -%}
    {%- set rest = messages[1:] -%}
{%- else -%}
    {%- set first = "" -%}
    {%- set rest = messages -%}
{%- endif -%}
{%- for m in rest -%}
    {{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else m['role']) + '\\n' + (first if loop.first else '') }}
    {%- if m['content'] is string -%}
        {{ m['content'] | trim }}
    {%- elif m['content'] is iterable -%}
        {%- for part in m['content'] -%}{{ part['text'] | trim }}{%- endfor -%}
    {%- else -%}
        {{ raise_exception('no content') }}
    {%- endif -%}
    {{ '<end_of_turn>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<start_of_turn>model\\n' }}{%- endif -%}
""",
    "zephyr": """{% for m in messages %}
{% if m['role'] == 'user' %}
{{ '<|user|>\\n' + m['content'] + eos_token }}
{% elif m['role'] == 'system' %}
{{ '<|system|>\\n' + m['content'] + eos_token }}
{% elif m['role'] == 'assistant' %}
{{ '<|assistant|>\\n'  + m['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}""",
    "qwen, thinking": """{%- if tools %}{{- raise_exception('tools') }}
{%- elif messages[0].role == 'system' %}{{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}{%- endif %}
{%- set ns = namespace(searching=true, last=messages|length - 1) %}
{%- for m in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.searching and m.role == "user" and not(m.content.startswith('<tool>') and m.content.endswith('</tool>')) %}
        {%- set ns.searching = false %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for m in messages %}
    {%- if (m.role == "user") or (m.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>' + '\\n' }}
    {%- elif m.role == "assistant" %}
        {%- set content = m.content.split('</think>')[-1].lstrip('\\n') %}
        {{- '<|im_start|>' + m.role + '\\n' + content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}
{%- endif %}""",
    "macros and blocks": """{#- a comment -#}
{% macro turn(role, text='none', end=eos_token) %}[{{ role }}]{{ text|trim }}{{ end }}{% endmacro %}
{% for key, value in {'a': 1, 'b': [2, 3]|length}.items() %}{{ key }}={{ value }}{% if not loop.last %}, {% endif %}{% endfor %}

{% set all %}{% for m in messages if m.role in ['user', 'system'] %}{{ turn(m.role, text=m.content) }}{% else %}nobody{% endfor %}{% endset %}
  {%+ if all is defined and all|length > 0 %} {{ all }}{% endif %}
{{- turn('x') ~ 7 // 2 ~ -7 % 3 ~ (1 if false else 2) ~ "it's" ~ 'a\\tb' ~ none ~ true }}
{% for i in range(5) %}{% if i == 1 %}{% continue %}{% endif %}{% if i > 3 %}{% break %}{% endif %}{{ i }}{% endfor %}

""",
}
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "sep_token": "<sep>"}
MESSAGES = ["Plain words.", " \n Padded <|im_end|>, twice\nover;\t{{ braces }} \u00a0\n"]


def rendered(template, messages):
    """None where the template refuses."""
    try:
        compiled = _compile_jinja_template(template)
        compiled.environment.globals.pop("strftime_now", None)
        return compiled.render(messages=messages, tools=None, documents=None, add_generation_prompt=True, **TOKENS)
    except Exception:
        return None


def rows(name, template):
    for system in (None, "Answer in one line."):
        for message in MESSAGES:
            messages = ([{"role": "system", "content": system}] if system else []) + [{"role": "user", "content": message}]
            yield {"name": name, "template": template, "names": TOKENS, "system": system, "message": message,
                   "rendered": rendered(template, messages)}


CONVERSATIONS = [
    [("user", "One."), ("assistant", "Two."), ("user", "Three?")],
    [("system", " Be brief.\n"), ("user", "One <|im_end|>\n"), ("assistant", "  Two.\n\nThree. "), ("user", "Four\t?")],
    [("user", "Think."), ("assistant", "<think>\nhm\n</think>\n\nDone."), ("user", "Sure?")],
    [("user", "One."), ("user", "Two.")],
]


def conversations(name, template):
    for conversation in CONVERSATIONS:
        messages = [{"role": role, "content": content} for role, content in conversation]
        yield {"name": name, "template": template, "names": TOKENS, "messages": messages,
               "rendered": rendered(template, messages)}


if __name__ == "__main__":
    if sys.argv[1] == "--conversations":
        del sys.argv[1]
        rows = conversations
    templates = dict(OWN)
    if len(sys.argv) > 2:
        templates = {}
        for root, _, files in os.walk(sys.argv[2]):
            for file in files:
                if file.endswith(".jinja"):
                    templates[file] = open(os.path.join(root, file)).read()
    with open(sys.argv[1], "w") as out:
        for name, template in sorted(templates.items()):
            for row in rows(name, template):
                out.write(json.dumps(row, ensure_ascii=True, sort_keys=True) + "\n")
