"""What the engine says, in the language of the pages.

The engine speaks English and knows of no other language: its sentences are recognised by their form. One that is not
known here stays as it is.
"""

from __future__ import annotations

import re
from functools import cache

from sphinx.locale import get_translation

_ = get_translation("sphinx_eqtest")


def N_(sentence: str) -> str:  # noqa: N802, gettext's name
    """Marks a sentence for the catalogue, which it is looked up in later."""
    return sentence


SENTENCES = (
    # why a row does not hold
    N_("with the factors of the product in ascending order of the index, the row holds"),
    N_("with the factors of the product in descending order of the index, the row holds"),
    N_("in {layout} layout, without any change, the row holds"),
    N_("with {variant}, the row holds"),
    N_("no single edit mends it"),
    N_("factor {number} is {factor}, the next starts at {start}"),
    N_("side {other} differs from side {first}"),
    N_("side {first} {relation} side {other} does not hold"),
    N_("a side is not finite: NaN or infinity agrees with nothing"),
    N_("both sides are zero: nothing leads from the variable to the value of {derivative}"),
    N_("both sides are zero, or the same expression, at every point: the check says nothing"),
    N_("no assignment at which the row is defined"),
    N_("shape {shape}, norm {norm}"),
    # where a row is defined
    N_("defined for {condition}"),
    N_("undefined at {assignments} and {count} more"),
    N_("undefined at {assignments}"),
    # notes
    N_("{count} of {total} assignments"),
    N_("{count} rows between the printed ones"),
    N_("the rows between are not checked: there are none, or they cannot be told from the rows around"),
    N_("the rows between are not checked: their readings disagree"),
    N_("the snippet draws nothing at random: checked at its one point"),
    N_("an inequality: it holds at all of {count} points drawn"),
    N_("says nothing at {count} of {total} points: both sides are zero or the same there"),
    N_("case {number} applied at no point: it is not checked"),
    N_("no path: {derivative} is zero"),
    N_("as the snippet leaves it: {values}"),
    N_("the snippet sets {name} = {own} itself where the check chooses {chosen}: let it use the latter"),
    N_("{name} = {value} lies outside the stated range {first} to {last}"),
    N_("{name} = {first} to {last} is read downwards"),
    N_("{factor} is read as a transpose"),
    # edits, and why such a variant may hold too
    N_("{variant} (these commute here)"),
    N_("{variant} (equal here)"),
    N_("{variant} (a number, or symmetric, here)"),
    N_("the upper limit {new} in place of {old}"),
    N_("the lower limit {new} in place of {old}"),
    N_("{new} in place of {old}"),
)
"""The first whose form fits is the one."""


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(each))), each) for each in SENTENCES)


def translated(words: str) -> str:
    """A sentence of the engine, or several with semicolons between them."""
    for form, sentence in _forms():
        fields = found.groupdict() if (found := form.fullmatch(words)) else {}
        if found and not any("; " in text for name, text in fields.items() if name != "assignments"):
            if "variant" in fields:
                fields["variant"] = translated(fields["variant"])
            return _(sentence).format(**fields)
    parts = words.split("; ")
    return _("; ").join(map(translated, parts)) if len(parts) > 1 else words
