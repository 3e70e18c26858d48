"""Words of people become text, never markup: nothing that reads a string as HTML or code is used.

Each way is named below with samples that must be caught. The few places that need markup stand in
`ALLOWED` with the reason; the only one that puts words into it is `streetmap._words`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeGuard

import pytest

from tests.house import tracked
from weiyou.widgets import streetmap

BUILT: Final = ("lib/weiyou/desk/static/app/", "lib/weiyou/desk/frontend/node_modules/")
"""Made from the code of other projects; what it may do, the page's policy says."""

SCRIPTS: Final = (".js", ".mjs", ".ts", ".vue", ".html")
PAGES: Final = (".vue", ".html")
CODE: Final = (".py", ".ipynb")
TAG: Final = re.compile(r"<[a-zA-Z/!\0]")
HOLE: Final = "\0"
"""Stands where an f-string puts in a value."""

ALLOWED: Final = {
    ("lib/weiyou/widgets/streetmap.py", "HTML in Python"): "`_words` escapes; Leaflet wants HTML",
    ("lib/weiyou/adapters/qr.py", "HTML in Python"): "an SVG of numbers",
    ("lib/weiyou/phone/pages.py", "Markup"): "our own style sheet",
}


@dataclass(frozen=True)
class Sink:
    """A way in which a string becomes markup or code."""

    name: str
    files: tuple[str, ...]
    pattern: re.Pattern[str]
    samples: tuple[str, ...]


def sink(name: str, files: tuple[str, ...], pattern: str, *samples: str) -> Sink:
    return Sink(name, files, re.compile(pattern), samples)


SINKS: Final = (
    sink("v-html", (*PAGES, *SCRIPTS, *CODE), r"v[-_]html\b", '<p v-html="x">', "Html(v_html=x)"),
    sink(
        "HTML property",
        SCRIPTS,
        r"\b(?:inner|outer)HTML\b|\bsrcdoc\b",
        "a.innerHTML = x",
        "a.outerHTML += x",
        'a["innerHTML"] = x',
        '<iframe :srcdoc="x">',
    ),
    sink(
        "HTML method",
        SCRIPTS,
        r"\binsertAdjacentHTML\b|\bdocument\s*\.\s*write(?:ln)?\b|\bcreateContextualFragment\b"
        r"|\bparseFromString\b|\bsetHTMLUnsafe\b|\$\([^)]*\)\.html\(",
        'a.insertAdjacentHTML("beforeend", x)',
        "document.write(x)",
        "document . writeln(x)",
        "range.createContextualFragment(x)",
        'new DOMParser().parseFromString(x, "text/html")',
        '$("#a").html(x)',
    ),
    sink(
        "code from a string",
        SCRIPTS,
        r"(?<![\w.$])eval\s*\(|\bwindow\s*\.\s*eval\b|\bnew\s+Function\b|(?<![\w.])Function\s*\("
        r"|\bset(?:Timeout|Interval)\s*\(\s*[\"'`]|\bimport\s*\(\s*[\"'`]data:",
        "eval(x)",
        "window.eval(x)",
        "new Function(x)",
        'Function("a", x)',
        "setTimeout('run()', 5)",
        "setInterval(`run(${x})`, 5)",
        'import("data:text/javascript," + x)',
    ),
    sink(
        "handler in the markup",
        PAGES,
        r"<[^>{]*\son[a-z]+\s*=|javascript:",
        '<a onclick="run()">',
        "<img src=x onerror=run()>",
        '<a href="javascript:run()">',
    ),
    sink(
        "unescaped template",
        (*PAGES, *CODE),
        r"\|\s*safe\b|\bautoescape\s+false\b|\bautoescape\s*=\s*False\b(?![^\n]*select)",
        "{{ text|safe }}",
        "{{ text | safe }}",
        "{% autoescape false %}",
        "Environment(autoescape=False)",
    ),
    sink("Markup", CODE, r"\bMarkup\s*\(|\.__html__\b|def __html__", "Markup(x)", "x.__html__()"),
    sink(
        "HTML widget",
        CODE,
        r"\b(?:widgets|ipywidgets|w)\.HTML(?:Math)?\b|\bHTMLMath\b|\bimport[^\n]*\bHTML\b"
        r"|\b(?:HTML|Markdown|Javascript|SVG|Latex)\s*\(",
        "widgets.HTML(x)",
        "ipywidgets.HTML(value=x)",
        "HTMLMath(x)",
        "display(HTML(x))",
        "display(Markdown(x))",
        "display(Javascript(x))",
        "from IPython.display import display, HTML",
    ),
    sink(
        "HTML of an object",
        CODE,
        r"\b_repr_(?:html|markdown|javascript|svg|mimebundle)_\b|\.to_html\s*\(|\.style\.format",
        "def _repr_html_(self):",
        "frame.to_html()",
    ),
)


def looked_at() -> Iterator[tuple[str, str]]:
    """Yield what is shipped: path and text."""
    for path, text in tracked.texts():
        if path.startswith(("lib/", "apps/")) and not path.startswith(BUILT):
            yield path, text


def found(sink: Sink, path: str, text: str) -> list[str]:
    """Return the lines of a file in which a sink is used."""
    if not path.endswith(sink.files):
        return []
    return [line.strip()[:100] for line in text.splitlines() if sink.pattern.search(line)]


def html_in_python(source: str) -> list[str]:
    """Return the strings with a tag into which Python puts a value."""
    return [text for text in _filled_in(ast.parse(source)) if TAG.search(text) and HOLE in text]


def _filled_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(_text(part) or HOLE for part in node.values)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            yield from (_text(side) + HOLE for side in (node.left, node.right))
        elif isinstance(node, ast.Call) and _fills_in(node.func):
            yield _text(node.func.value) + HOLE


def _fills_in(called: ast.expr) -> TypeGuard[ast.Attribute]:
    fill = {"format", "format_map", "join", "replace"}
    return isinstance(called, ast.Attribute) and called.attr in fill


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def is_name_only(text: str) -> bool:
    """Return whether a string is the name of an object, as `__repr__` gives it: `<Screen>`."""
    return text == f"<{HOLE}>"


@pytest.mark.parametrize("sink", SINKS, ids=lambda sink: sink.name)
def test_nothing_reads_a_string_as_markup_or_code(sink: Sink) -> None:
    used = {
        path: lines
        for path, text in looked_at()
        if (lines := found(sink, path, text)) and (path, sink.name) not in ALLOWED
    }
    assert used == {}


def test_python_puts_no_value_into_markup() -> None:
    used = {
        path: texts
        for path, text in looked_at()
        if path.endswith(".py")
        and (texts := [one for one in html_in_python(text) if not is_name_only(one)])
        and (path, "HTML in Python") not in ALLOWED
    }
    assert used == {}


def test_what_is_allowed_is_still_there() -> None:
    texts = dict(looked_at())
    by_name = {sink.name: sink for sink in SINKS}
    for path, name in ALLOWED:
        if name in by_name:
            assert found(by_name[name], path, texts[path]), path
        else:
            assert html_in_python(texts[path]), path


def test_the_label_on_the_map_is_escaped() -> None:
    icon = streetmap._words("<img src=x onerror=alert(1)>&", 3)
    assert "<img" not in icon.html
    assert "&lt;img src=x onerror=alert(1)&gt;&amp;" in icon.html


@pytest.mark.parametrize(
    ("name", "sample"), [(sink.name, sample) for sink in SINKS for sample in sink.samples]
)
def test_every_sample_is_caught(name: str, sample: str) -> None:
    wanted = next(sink for sink in SINKS if sink.name == name)
    for suffix in wanted.files:
        assert found(wanted, f"lib/x{suffix}", f"harmless\n  {sample}  \n")


@pytest.mark.parametrize(
    "source",
    [
        'x = f"<b>{name}</b>"',
        'x = f"<{tag}>"',
        'x = w.Box(children=[f"<p>{name}"])',
        'x = "<b>" + name',
        'x = name + "</b>"',
        'x = "<b>%s</b>" % name',
        'x = "<b>{}</b>".format(name)',
        'x = "<br>".join(names)',
        'x = "<b>NAME</b>".replace("NAME", name)',
        'x = f"""<svg><text>{name}</text></svg>"""',
    ],
)
def test_html_in_python_is_caught(source: str) -> None:
    assert html_in_python(source)


@pytest.mark.parametrize(
    ("path", "harmless"),
    [
        ("lib/x.js", "setTimeout(run, 5); setTimeout(() => run(), 5)"),
        ("lib/x.js", "retrieval(x); this.evaluate(x); message.content.evalue"),
        ("lib/x.js", "node.textContent = x; isFunction(x)"),
        ("lib/x.vue", '<button @click="run" :on="x" v-on="on">{{ text }}</button>'),
        ("lib/x.html", "{{ text }} {{ safe }} {% if on %}"),
        ("lib/x.py", "column.startswith(x, autoescape=True)"),
        ("lib/x.py", "ipywidgets.HTMLX = MyHTMLParser"),
    ],
)
def test_what_does_no_harm_is_left_alone(path: str, harmless: str) -> None:
    assert [sink.name for sink in SINKS if found(sink, path, harmless)] == []


def test_a_comparison_is_no_markup() -> None:
    assert html_in_python('x = f"{a} < {b}" + "a<3" + c') == []
