"""LaTeX -> the tokens of ``grammar.lark``.

Control words are sorted by the tables below.  A control word that no table and no macro of the document knows is
refused with its place: nothing is ever skipped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lark import Token

from eqtest.errors import FormulaSyntaxError, UnsupportedError
from eqtest.span import Span

MAX_LENGTH = 20_000
MAX_DEPTH = 60

_LEXER = re.compile(
    r"""(?P<COMMENT>%[^\n]*)|(?P<SPACE>[\s~]+)
    |(?P<COMMAND>\\(?:(?:tag|hspace|vspace|operatorname)\*|[a-zA-Z]+|[^a-zA-Z]))
    |(?P<DOTS>\.\.\.|…|⋯|⋮)
    |(?P<NUMBER>\d+(?:\.\d+)?|\.\d+)|(?P<LETTER>[a-zA-Z])
    |(?P<SUPER>\^)|(?P<SUB>_)|(?P<PRIME>['′])|(?P<SLASH>/)|(?P<AMP>&)|(?P<STAR>\*)|(?P<BAR>\|)|(?P<DOLLAR>\$+)
    |(?P<LBRACE>\{)|(?P<RBRACE>\})|(?P<LPAREN>\()|(?P<RPAREN>\))|(?P<LBRACKET>\[)|(?P<RBRACKET>\])
    |(?P<SIGN>[+\-−])|(?P<COMMA>[,;])|(?P<STOP>[.:。，；]+(?!=))|(?P<RELATION>:=|[<>=!]=|[=<>≤≥≈≡])
    |(?P<PARAMETER>\#\d)|(?P<OTHER>.)""",
    re.VERBOSE | re.DOTALL,
)

GREEK = frozenset([
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota", "kappa",
    "lambda", "mu", "nu", "xi", "omicron", "pi", "varpi", "rho", "varrho", "sigma", "varsigma", "tau", "upsilon",
    "phi", "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon",
    "Phi", "Psi", "Omega", "ell", "hbar", "infty", "imath", "jmath",
])  # fmt: skip
FUNCTIONS = frozenset([
    "exp", "log", "ln", "lg", "tanh", "sinh", "cosh", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "max", "min",
    "det", "tr", "Tr", "trace", "sign", "sgn", "diag", "vec",
])  # fmt: skip
FONTS = {
    **dict.fromkeys(["bm", "boldsymbol", "mathbf", "bf", "pmb", "bold", "mathbfit", "symbf"], "bold"),
    **dict.fromkeys(["mathcal", "cal", "mathscr"], "cal"),
    **dict.fromkeys(["mathbb", "Bbb"], "bb"),
    **dict.fromkeys(["mathfrak", "frak"], "frak"),
    **dict.fromkeys(["mathrm", "mathup"], "roman"),
    **dict.fromkeys(["mathsf"], "sans"),
    **dict.fromkeys(["mathtt"], "type"),
    **dict.fromkeys(["mathit", "it", "mathnormal"], "normal"),
    **dict.fromkeys(["vec", "overrightarrow"], "arrow"),
}
SWITCHES = {"rm": "roman", "sf": "sans", "tt": "type"}
ACCENTS = {
    **{name: name for name in ["hat", "tilde", "bar", "dot", "ddot", "check", "breve", "acute", "grave"]},
    "underline": "underline",
    "mathring": "mathring",
    "widehat": "hat",
    "widetilde": "tilde",
    "overline": "bar",
}
OPERATORS = {
    name: name for name in ["times", "cdot", "odot", "otimes", "circ", "ast", "oslash", "bullet", "star", "div"]
}
RELATIONS = {
    **dict.fromkeys(["equiv", "triangleq", "coloneqq", "coloneq", "stackeq", "doteq"], "="),
    **dict.fromkeys(["approx", "simeq", "thickapprox"], "approx"),
    **dict.fromkeys(["le", "leq", "leqslant"], "le"),
    **dict.fromkeys(["ge", "geq", "geqslant"], "ge"),
    "lt": "<",
    "gt": ">",
    "ne": "ne",
    "neq": "ne",
    "in": "in",
}
PLAIN_RELATIONS = {
    ":=": "=",
    "==": "=",
    "<=": "le",
    ">=": "ge",
    "!=": "ne",
    "≡": "=",
    "≤": "le",
    "≥": "ge",
    "≈": "approx",
}
SEPARATORS = frozenset(
    [
        "quad",
        "qquad",
        "Rightarrow",
        "implies",
        "iff",
        "Longrightarrow",
        "Leftrightarrow",
        "rightarrow",
        "longrightarrow",
        "to",
    ]
)
DOTS = frozenset(["cdots", "ldots", "dots", "dotsb", "dotsc", "dotsm", "dotso", "hdots", "vdots", "ddots"])
MARKS = {"top": "T", "intercal": "T", "dagger": "dagger", "prime": "prime"}
DELIMITERS = {
    "lbrace": "LSET", "{": "LSET", "rbrace": "RSET", "}": "RSET", "langle": "LANGLE", "rangle": "RANGLE",
    "lvert": "LBAR", "rvert": "RBAR", "lVert": "LNORM", "rVert": "RNORM", "vert": "BAR", "Vert": "NORM", "|": "NORM",
    "lbrack": "LBRACKET", "rbrack": "RBRACKET", "lfloor": "LFLOOR", "rfloor": "RFLOOR", "lceil": "LCEIL",
    "rceil": "RCEIL",
}  # fmt: skip
SIZES = frozenset(
    f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")
) | frozenset(("left", "right", "middle"))
NOTHING = frozenset([
    "displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "nonumber", "notag", "hline", "therefore",
    "because", "enspace", "thinspace", "medspace", "thickspace", "negthinspace", "mathop", "mathbin", "mathrel",
    "mathord", "boxed", "strut", "hfill", "allowbreak", "nobreak", "left.", "right.", ",", ";", ":", "!", ">", "/",
    "(", ")", "[", "]",
]) | frozenset((" ", "\n", "\t"))  # fmt: skip
WITH_ARGUMENT = frozenset([
    "tag", "tag*", "label", "hspace", "hspace*", "vspace", "vspace*", "phantom", "color", "textcolor",
    "mathcolor", "colorbox", "htmlId", "htmlClass", "eqref", "ref",
])  # fmt: skip
WORDS = frozenset(["text", "textrm", "textbf", "textit", "textsf", "mbox", "hbox", "operatorname", "operatorname*"])
ROMAN_WORD = re.compile(r"\s*\{\s*([A-Za-z][A-Za-z0-9 \-]*?)\s*\}")
BRACED = re.compile(r"\s*\{([^{}]*)\}")
ROW_SPACE = re.compile(r"\*?\s*(\[\s*-?[\d.]+\s*(pt|mm|cm|in|ex|em|bp|pc|mu|\\\w+)\s*\])?")
LENGTH = re.compile(r"\s*\{\s*(\d*\.?\d+)\s*(em|ex|in|cm|mm|pt|pc|bp|mu)\s*\}")
EMS = {"em": 1.0, "ex": 0.43, "in": 7.2, "cm": 2.8, "mm": 0.28, "pt": 0.1, "pc": 1.2, "bp": 0.1, "mu": 1 / 18}
FRACTIONS = frozenset(["frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"])
REFUSED = {
    **dict.fromkeys(["int", "iint", "iiint", "oint"], "an integral"),
    **dict.fromkeys(
        ["lim", "limsup", "liminf", "sup", "inf", "mapsto"],
        "a limit or a mapping",
    ),
    **dict.fromkeys(["arg", "argmax", "argmin"], "an argument of a maximum or minimum"),
    **dict.fromkeys(["Pr", "mathbbP"], "a probability"),
    **dict.fromkeys(["leftarrow", "gets", "longleftarrow"], "an update (the new value needs a name of its own)"),
    **dict.fromkeys(["pm", "mp"], "a sign that stands for two"),
    **dict.fromkeys(["ll", "gg", "lesssim", "gtrsim", "lessapprox"], "a comparison without a limit"),
    **dict.fromkeys(["binom", "bmod", "mod", "pmod"], "arithmetic of integers"),
    **dict.fromkeys(["propto", "sim", "cong"], "a relation without a numerical meaning"),
    **dict.fromkeys(
        ["cup", "cap", "subset", "subseteq", "setminus", "exists", "land", "lor", "wedge", "vee", "neg"],
        "sets or logic",
    ),
}


def tokenize(source: str, macros: frozenset[str] = frozenset()) -> list[Token]:
    """Cut LaTeX into tokens; names in ``macros`` come back as ``MACRO``, for :func:`macros.expand`.

    Raises :class:`FormulaSyntaxError` for characters and control words that are not of the language, and
    :class:`UnsupportedError` for those that are mathematics outside of it.
    """
    if len(source) > MAX_LENGTH:
        raise FormulaSyntaxError(f"the formula is longer than {MAX_LENGTH} characters")
    return list(_tokens(source, macros))


def _tokens(source: str, macros: frozenset[str]) -> Iterator[Token]:
    position = 0
    while position < len(source):
        match = _LEXER.match(source, position)
        assert match is not None
        assert match.lastgroup is not None
        kind, text, start = match.lastgroup, match[0], position
        position = match.end()
        if kind == "COMMAND":
            found, position = _command(source, text[1:], Span(start, position), macros)
            if found is not None:
                yield found
        elif kind == "OTHER":
            raise FormulaSyntaxError(f"the character {text!r} is not understood in a formula", Span(start, position))
        elif kind == "NUMBER" and re.match(r"\.\d", source[position : position + 2]):
            raise FormulaSyntaxError(f"{text}{source[position : position + 2]}… is not a number", Span(start, position))
        elif kind == "RELATION":
            yield token(kind, PLAIN_RELATIONS.get(text, text), Span(start, position))
        elif kind == "SIGN":
            yield token(kind, "+" if text == "+" else "-", Span(start, position))
        elif kind == "DOTS":
            yield token(kind, "vdots" if text == "⋮" else "ldots", Span(start, position))
        elif kind not in ("COMMENT", "SPACE"):
            yield token(kind, text, Span(start, position))


def token(kind: str, value: str, span: Span) -> Token:
    """A token of the grammar at a place."""
    return Token(kind, value, start_pos=span.start, line=0, column=0, end_line=0, end_column=0, end_pos=span.end)


def span_of(item: Token) -> Span:
    return Span(item.start_pos or 0, item.end_pos or 0)


_SIMPLE: tuple[tuple[dict[str, str], str], ...] = (
    (FONTS, "FONT"),
    (SWITCHES, "SWITCH"),
    (ACCENTS, "ACCENT"),
    (OPERATORS, "OPERATOR"),
    (RELATIONS, "RELATION"),
    (MARKS, "MARK"),
    ({name: name for name in GREEK}, "LETTER"),
    ({name: name for name in FUNCTIONS}, "FUNCTION"),
    ({name: name for name in DOTS}, "DOTS"),
    ({name: name for name in SEPARATORS}, "SEPARATOR"),
    ({name: name for name in SIZES}, "SIZE"),
    (dict.fromkeys(FRACTIONS, "frac"), "FRAC"),
    ({"partial": "partial"}, "PARTIAL"),
    ({"nabla": "nabla"}, "NABLA"),
    ({"sum": "sum", "prod": "prod"}, "BIG"),
    ({"sqrt": "sqrt"}, "SQRT"),
    ({"over": "over"}, "OVER"),
    ({"underbrace": "", "overbrace": ""}, "BRACE"),
    ({"stackrel": "", "overset": "", "underset": ""}, "STACK"),
    ({"substack": ""}, "SUBSTACK"),
    ({"mid": "|"}, "MID"),
    ({"parallel": "|"}, "NORM"),
)


_ABOVE_RELATION = re.compile(r"\s*\{?\s*(=|:=|\\(approx|equiv|le|leq|ge|geq|simeq|sim|ne|neq|propto)\b)")


def _command(source: str, name: str, span: Span, macros: frozenset[str]) -> tuple[Token | None, int]:
    """The token of one control sequence, if it means anything, and where to read on."""
    if name in macros:
        return token("MACRO", name, span), span.end
    if name in DELIMITERS:
        return token(DELIMITERS[name], name, span), span.end
    if name in WORDS or (name in ("mathrm", "mathit", "mathsf", "mathtt") and _is_word(source, span.end)):
        return _word(source, name, span)
    if name in ("begin", "end"):
        return _environment(source, name, span)
    if name in ("\\", "cr", "newline"):
        space = ROW_SPACE.match(source, span.end)
        return token("NEWROW", name, span), space.end() if space else span.end
    if name in ("stackrel", "overset") and _ABOVE_RELATION.match(source, _argument_end(source, span.end)):
        return None, _argument_end(source, span.end)
    if name == "forall":
        return token("REMARK", "for all", span), span.end
    for table, kind in _SIMPLE:
        if name in table:
            return token(kind, table[name] or name, span), span.end
    if name in NOTHING:
        return None, span.end
    if name in ("hspace", "hspace*") and _is_wide(source, span.end):
        return token("SEPARATOR", name, span), _argument_end(source, span.end)
    if name in WITH_ARGUMENT:
        return None, _argument_end(source, span.end)
    if name in REFUSED:
        raise UnsupportedError(f"\\{name}: {REFUSED[name]} is not part of the language of formulas", span)
    raise FormulaSyntaxError(f"unknown command \\{name}; a macro of the document is declared with `macros`", span)


def _is_wide(source: str, start: int) -> bool:
    """Whether the space that is given here is one between equations: a quad or more."""
    match = LENGTH.match(source, start)
    return match is not None and float(match[1]) * EMS[match[2]] >= 0.9


def _argument_end(source: str, start: int) -> int:
    """Behind the group that starts here, braces within it included; ``start`` itself where there is no group."""
    depth = 0
    for match in re.compile(r"\\.|[{}]|\S", re.DOTALL).finditer(source, start):
        depth += (match[0] == "{") - (match[0] == "}")
        if depth <= 0:
            return match.end() if match[0] == "}" else start
    return start


def _is_word(source: str, position: int) -> bool:
    match = ROMAN_WORD.match(source, position)
    return match is not None and len(match[1]) > 1


def _word(source: str, name: str, span: Span) -> tuple[Token, int]:
    match = BRACED.match(source, span.end)
    if match is None:
        raise FormulaSyntaxError(f"\\{name} needs plain text in braces after it", span)
    text = match[1].strip()
    kind = "TEXT" if name in WORDS and not name.startswith("operatorname") else "WORD"
    if kind == "WORD" and text in FUNCTIONS:
        kind = "FUNCTION"
    return token(kind, text, Span(span.start, match.end())), match.end()


def _environment(source: str, name: str, span: Span) -> tuple[Token, int]:
    match = BRACED.match(source, span.end)
    if match is None:
        raise FormulaSyntaxError(f"\\{name} needs the name of an environment in braces after it", span)
    end = match.end()
    if name == "begin" and match[1] in ("array", "alignat", "alignat*", "alignedat"):
        columns = BRACED.match(source, end)
        end = columns.end() if columns else end
    return token(name.upper(), match[1], Span(span.start, end)), end
