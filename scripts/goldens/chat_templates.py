"""What transformers makes of chat templates, for ChatTemplateTests.

    chat_templates.py OUT.jsonl            templates written here, in the forms that models use
    chat_templates.py OUT.jsonl FOLDER     every *.jinja below FOLDER (published templates, not kept here)
    chat_templates.py --conversations OUT.jsonl     the templates written here, with conversations of several turns
    chat_templates.py --constructs OUT.jsonl        a small template for each construct

Each row: a template, its control tokens, a system message or null, a user's message, and what is rendered (null where
the template refuses). The date of the day is hidden from templates, as ChatTemplate hides it.
Needs: transformers, jinja2 (goldens made with transformers 5.24).
"""
import datetime, json, os, sys

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


# Small templates, one construct or a few each; with a day that `strftime_now` knows.
DAY = datetime.datetime(2026, 7, 5)
CONSTRUCTS = [
    "{{ messages[0].role | capitalize }} {{ 'hELLO wORLD' | capitalize }} {{ '\u00e9t\u00c9' | capitalize }}{{ '' | capitalize }}",
    "{{ messages[0] | tojson }}|{{ [1, 2.5, true, none, 'a\\n\\\"\u00e9'] | tojson }}|{{ {} | tojson }}{{ [] | tojson }}",
    "{{ {'b': [1, {'c': 'x'}], 'a': 2} | tojson(indent=2) }}|{{ {'b': 1, 'a': 2} | tojson(separators=(',', ':'), sort_keys=True) }}",
    "{{ '\u00e9\U0001f44d' | tojson(ensure_ascii=True) }}",
    "{% set users = messages | selectattr('role', 'equalto', 'user') | list %}{{ users | length }} {{ (messages | selectattr('content') | list) | length }} {{ messages | rejectattr('nothing') | list | length }}",
    "{{ messages | selectattr('nothing', 'defined') | list | length }}{{ messages | map(attribute='role') | join(',') }}{{ ['a', 'b'] | map('upper') | join }}",
    "{{ [3, 1, 2] | sort | join(',') }} {{ ['b', 'A', 'c'] | sort | join }} {{ ['b', 'A', 'c'] | sort(reverse=true) | join }} {{ [1, 1, 2] | unique | list }} {{ [3, 1] | min }} {{ [3, 1] | max }} {{ [1, 2] | sum }}",
    "{% set pair = ('a', 1) %}{{ pair[0] }}{{ pair }}{{ (1,) }}{{ () }}{% set x, y = 1, 2 %}{{ x + y }}{% for k, (a, b) in [('k', (1, 2))] %}{{ k, a, b }}{% endfor %}",
    "{{ 'user' in ('user', 'assistant') }} {{ messages[0].role not in ['system'] }} {{ 'a' in {'a': 1} }} {{ 'bc' in 'abcd' }} {{ 'x' in nothing }}",
    "{{ strftime_now('%d %B %Y, %A %b %a %j %y %m %H:%M %p %-d %%') }}{% if strftime_now is defined %} known{% endif %}",
    "{{ 1 + 2 * 3 - 4 // 3 % 2 }} {{ 7 / 2 }} {{ 2 ** 3 ** 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 1.5 + 1 }} {{ 6 / 3 }} {{ 1e3 }} {{ - 3 | abs }} {{ +4 }} {{ 7.0 // 2 }}",
    "{{ 1 < 2 < 3 }} {{ 1 < 2 > 3 }} {{ 'a' < 'b' }} {{ 1 == 1.0 }} {{ true == 1 }} {{ [1] == [1] }} {{ (1,) == [1] }} {{ 2 >= 2 <= 1 }} {{ not 1 == 2 }}",
    "{{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'a b c'.split(' ', 1) }} {{ 'a b c'.rsplit(' ', 1) }} {{ 'a-b'.partition('-') }} {{ 'x\\ny\\n'.splitlines() }}",
    "{{ '  x '.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ ' x '.lstrip() }}|{{ ' x '.rstrip() }}|{{ 'aXb'.lower() }}{{ 'aXb'.upper() }}{{ 'a b-c'.title() }}{{ 'a b' | title }}",
    "{{ 'abab'.replace('a', 'c') }} {{ 'abab'.replace('a', 'c', 1) }} {{ 'abab' | replace('b', '') }} {{ 'abc'.find('c') }}{{ 'abc'.find('z') }}{{ 'abab'.count('ab') }}{{ 'abab'.rfind('a') }}",
    "{{ 'abc'.startswith('a') }} {{ 'abc'.startswith(('x', 'ab')) }} {{ 'abc'.endswith('bc') }} {{ 'abc'.removeprefix('a') }}{{ 'abc'.removesuffix('c') }} {{ '12'.isdigit() }} {{ ', '.join(['a', 'b']) }}",
    "{{ 'abcdef'[1:3] }} {{ 'abcdef'[::-1] }} {{ [1, 2, 3, 4][::2] }} {{ [1, 2, 3][-1] }} {{ [1, 2, 3][1:] }} {{ 'abc'[-2:] }} {{ 'abc'[5:] }}|{{ [1, 2][-5:1] }} {{ 'abc'[::-2] }}",
    "{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.cycle('odd', 'even') }}{{ loop.previtem.role if loop.previtem }}{{ loop.nextitem.role if loop.nextitem is defined }};{% endfor %}",
    "{% for i in range(3) %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}{% for i in range(9) if i is odd %}{{ i }}{% if i > 4 %}{% break %}{% endif %}{% endfor %}{% for i in [] %}x{% else %}none{% endfor %}{{ range(5, 0, -2) | list }}",
    "{% set ns = namespace(a=1, b='x') %}{% for i in range(3) %}{% set ns.a = ns.a + i %}{% set c = i %}{% endfor %}{{ ns.a }}{{ ns.b }}{{ c is defined }}",
    "{% macro turn(role, text='-', last=false) %}[{{ role }}:{{ text }}{{ '!' if last }}]{% endmacro %}{{ turn('a') }}{{ turn('b', 'x', last=true) }}{{ turn(text='y', role='c') }}{{ turn('<' ~ messages[0].content ~ '>') }}",
    "{% macro box() %}<{{ caller('in') }}>{% endmacro %}{% call(x) box() %}{{ x }}{{ messages[0].role }}{% endcall %}",
    "{% set text %}a {{ messages[0].content }} b{% endset %}{{ text | length }}{% set loud | upper | trim %}  quiet {% endset %}{{ loud }}",
    "{% filter upper %}loud {{ 1 }}{% endfilter %}{% with a = 1, b = 'x' %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}",
    "{% raw %}{{ not read }} {% if %}{% endraw %} {# a comment #}{% generation %}kept{% endgeneration %}",
    "a  {%- if true -%}  b  {%- endif -%}  c\n  {% if true %}\n  d\n  {% endif %}\ne {%+ if true %}f{% endif +%}\n g {{- ' h ' -}}  i\n",
    "x\r\n{% if true %}\r\ny\r{% endif %}\r\nz{{ 'a\r\nb' | length }}",
    "{{ 'it\\'s' }}{{ \"q\\\"\" }}{{ 'a\\tb\\\\n\\x41\\u00e9\\101' }}{{ 'a' 'b' \"c\" }}",
    "{{ none }} {{ true }} {{ False }} {{ [1, 'a', none] }} {{ {'a': 'x', 'b': [1]} }} {{ \"it's\" | list }} {{ 'a' ~ 1 ~ none ~ nothing ~ 1.0 }}",
    "{{ nothing }}|{{ nothing is defined }}|{{ nothing | default('d') }}|{{ '' | default('e', true) }}|{{ '' | default('f') }}|{{ nothing | length }}|{% for x in nothing %}x{% endfor %}|{{ nothing == none }}|{{ messages[9] }}|{{ messages[0].nothing }}",
    "{{ 1 is number }}{{ true is number }}{{ 'a' is string }}{{ [] is sequence }}{{ {} is mapping }}{{ 'a' is iterable }}{{ 1.0 is float }}{{ 1 is integer }}{{ true is integer }}{{ none is none }}{{ true is true }}{{ 1 is true }}{{ false is false }}{{ true is boolean }}{{ nothing is iterable }}",
    "{{ 4 is divisibleby 2 }}{{ 4 is divisibleby(3) }}{{ 3 is odd }}{{ 3 is even }}{{ 'a' is in ['a'] }}{{ 1 is eq 1 }}{{ 1 is ne 2 }}{{ 2 is gt 1 }}{{ 2 is lessthan 1 }}{{ 'ab' is lower }}{{ 'aB' is upper }}{{ 'x' is not string }}{{ messages is not none and 1 }}",
    "{{ 'a' if false }}|{{ 'a' if false else 'b' if false else 'c' }}|{{ false or 'x' }}|{{ '' and 'y' }}|{{ not '' }}|{{ 1 and 2 }}",
    "{% for k, v in {'b': 1, 'a': 2}.items() %}{{ k }}{{ v }}{% endfor %}{% for k, v in {'b': 1, 'a': 2} | dictsort %}{{ k }}{{ v }}{% endfor %}{{ {'a': 1}.get('b', 3) }}{{ {'a': 1}.get('b') }}{{ {'a': 1} | items | list }}{{ {'a': 1}.keys() | list }}{{ {'a': 1}.values() | list }}",
    "{{ ' a ' | trim }}|{{ 'xax' | trim('x') }}|{{ 'a\\nb' | indent(2) }}|{{ 'a\\nb' | indent(width=1, first=true) }}|{{ [1, 2] | first }}{{ [1, 2] | last }}{{ 'abc' | first }}{{ [1, 2] | reverse | list }}{{ 'abc' | reverse }}",
    "{{ '3' | int + 1 }}{{ 'x' | int }}{{ 3.7 | int }}{{ '2.5' | float }}{{ -3 | abs }}{{ 2.5 | round }}{{ 3 | string + 'x' }}{{ [1, 2] | string }}{{ 'a b c' | wordcount }}",
    "{{ '%s is %d' % ('a', 3) }}{{ 'ab' * 2 }}{{ [0] * 2 }}{{ [1] + [2] }}{{ (1,) + (2,) }}",
    "{% set messages = messages[1:] if messages[0].role == 'system' else messages %}{{ messages | length }}{% if messages[0]['role'] != 'user' %}{{ raise_exception('no') }}{% endif %}ok",
    "{% set sizes = {0: 'none', 512: 'some'} %}{{ sizes[512] }}{% for k, v in sizes.items() %}{% if 100 <= k %}{{ v }}{% endif %}{% endfor %}{{ sizes }}{{ 512 in sizes }}{{ sizes.get(0) }}{{ sizes[1] }}{{ sizes | tojson }}",
    "{% macro f(a, b='y', c='z') %}{{ a }}{{ b }}{{ c }}{% endmacro %}{% set fs = [f] %}{{ fs[0](*['1', '2']) }}{{ f('1', **{'c': '3'}) }}",
    "{{ 'a{}c{}'.format(1, 'x') }}{{ '{1}{0}{{'.format('a', 'b') }}{{ '{k}'.format(k=2) }}{{ '{}'.format(nothing) }}",
    "{{ self.nothing }}{{ none | selectattr('x') | list }}{{ none | map(attribute='x') | list }}{{ nothing | selectattr('x', 'equalto', 1) | list | length }}",
    "{{ raise_exception('no') }}",
    "{{ nothing.more }}", "{{ nothing + 1 }}", "{{ 1 + 'a' }}", "{{ 'a' < 1 }}", "{{ nothing() }}", "{{ messages | nothing }}",
    "{{ messages is nothing }}", "{% nothing %}", "{{ 1 // 0 }}", "{{ none | length }}", "{% for x in 1 %}{% endfor %}",
    "{{ messages[0].content | trim }}{{ messages[-1].content }}{{ messages[0]['content'] | upper }}{% if 'o' in messages[0].content %}o{% endif %}{{ messages[0].content.split(' ') | last }}",
]
CONSTRUCT_MESSAGES = [("system", "So be it. "), ("user", " One two </s>\n"), ("assistant", "Three.")]


def constructs():
    messages = [{"role": role, "content": content} for role, content in CONSTRUCT_MESSAGES]
    for template in CONSTRUCTS:
        try:
            compiled = _compile_jinja_template(template)
            compiled.environment.globals["strftime_now"] = DAY.strftime
            text = compiled.render(messages=messages, tools=None, documents=None, add_generation_prompt=True, **TOKENS)
        except Exception:
            text = None
        yield {"template": template, "names": TOKENS, "date": DAY.strftime("%Y-%m-%d"), "messages": messages, "rendered": text}


if __name__ == "__main__":
    if sys.argv[1] == "--conversations":
        del sys.argv[1]
        rows = conversations
    if sys.argv[1] == "--constructs":
        with open(sys.argv[2], "w") as out:
            for row in constructs():
                out.write(json.dumps(row, ensure_ascii=True, sort_keys=True) + "\n")
        sys.exit()
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
