"""What is wrong with a directive itself is our warning at its line, with the option that was meant, on every build."""

import pytest
from small_site import NET, warnings

RST = """
Bad
===

.. eqtest:: ok
   :snippet: net
   :wher: N in 1..2

.. eqtest:: ok
   :snippet: net
   :snippet: other

.. eqtest:: ok

   :rows: 1

.. eqtest:: ok
   :where N in 1..3
   :snippet: net

.. eqtest::
   :snippet: nowhere

.. eqtest:: ok
   :snippet: net
   :layout: sideways
   :trials: many

.. eqtest:: ok
   :snippet: net

   Words below.

.. eqtset:: ok

:eqtst:`y = 2 x`

.. torch::

   nameless = 1

.. torch:: two words

   a = 1

.. torch:: wrong-option
   :afer: net
   :linenos: yes
   :lineno-start: three

   a = 1

.. torch:: goes-on
   :after: wrong-option

   b = a

.. torch:: blank

   :params: N = 3

   a = 1

.. torch:: nothing

.. eqtest-skip:: ok
   :reson: none

.. eqtest-summary::
   :depth: 1

.. network-figure:: net
   :widht: 4

   Caption.

.. network-figure::

.. torch-figure:: plots
   :capton: A plot.
   :width: wide

   1

.. eqtest-context::
   :snipet: net

.. eqtest:: ok

"""

MYST = """
# Bad too

```{eqtest} ok
:wher: N in 1..2
```

```{eqtest} ok
---
snippet: net
layout: sideways
---
```

```{eqtset} ok
```

```{torch} flags
:hide-code: true
:linenos: false

a = 1
```
"""


@pytest.fixture(scope="module")
def site(make_site):
    site = make_site()
    site.write(
        "index.rst",
        "Home\n====\n\n.. toctree::\n\n   bad\n   myst\n",
        NET.format(name="net"),
        ".. math:: y = y\n   :label: ok\n",
    )
    site.write("bad.rst", RST)
    site.write("myst.md", MYST)
    site.first = site.build("-j", "2")
    site.second = site.build()
    return site


OURS = [
    ("bad.rst", ":wher:", "directive eqtest: there is no option 'wher'; did you mean 'where'?"),
    (
        "bad.rst",
        "eqtest:: ok\n\n",
        "directive eqtest: options stand right below the first line, without a blank one before",
    ),
    (
        "bad.rst",
        "eqtest:: ok\n   :where N",
        "directive eqtest: ':where' looks like an option; options are lines ':name: value'",
    ),
    ("bad.rst", "eqtest::\n", "directive eqtest: it needs the label of an equation on its first line"),
    ("bad.rst", ":layout: sideways", "directive eqtest: layout is 'sideways', expected one of 'numerator'"),
    ("bad.rst", ":trials: many", "directive eqtest: trials is 'many', expected a number"),
    (
        "bad.rst",
        "eqtest:: ok\n   :snippet: net\n\n",
        "directive eqtest: it has no content, but below it stands 'Words below.'",
    ),
    ("bad.rst", "torch::\n", "directive torch: it needs a name on its first line"),
    ("bad.rst", "torch:: two words", "directive torch: its name, 'two words', has to be one word"),
    ("bad.rst", ":afer:", "directive torch: there is no option 'afer'; did you mean 'after'?"),
    ("bad.rst", ":linenos: yes", "directive torch: linenos is 'yes': no argument is allowed"),
    ("bad.rst", ":lineno-start: three", "directive torch: lineno-start is 'three': "),
    ("bad.rst", "torch:: blank", "directive torch: options stand right below the first line"),
    ("bad.rst", "torch:: nothing", "directive torch: it has no code"),
    ("bad.rst", ":reson:", "directive eqtest-skip: there is no option 'reson'; did you mean 'reason'?"),
    ("bad.rst", ":depth: 1", "directive eqtest-summary: there is no option 'depth'"),
    ("bad.rst", ":widht:", "directive network-figure: there is no option 'widht'; did you mean 'width'"),
    ("bad.rst", "network-figure::\n", "directive network-figure: it needs the name of a snippet on its first line"),
    ("bad.rst", ":capton:", "directive torch-figure: there is no option 'capton'; did you mean 'caption'?"),
    ("bad.rst", ":width: wide", "directive torch-figure: width is 'wide': "),
    ("bad.rst", ":snipet:", "directive eqtest-context: there is no option 'snipet'; did you mean 'snippet'?"),
    ("myst.md", ":wher:", "directive eqtest: there is no option 'wher'; did you mean 'where'?"),
    ("myst.md", "layout: sideways", "directive eqtest: layout is 'sideways', expected one of"),
    ("myst.md", ":linenos: false", "directive torch: linenos is 'false': no argument is allowed"),
]
"""Page, words of the line, and message."""

REFUSED = [
    ("bad.rst", "eqtest:: ok\n   :snippet: net\n   :snippet: other", "duplicate option"),
    ("bad.rst", "eqtset::", "Did you mean 'eqtest'?"),
    ("bad.rst", ":eqtst:", "Did you mean 'eqtest'?"),
    ("myst.md", "{eqtset}", "Did you mean 'eqtest'?"),
]
"""What docutils and MyST say themselves on the first build."""


def line_of(site, page, words):
    text = (site.docs / page).read_text(encoding="utf-8")
    return text[: text.index(words)].count("\n") + 1


def own(log):
    return sorted(each for each in warnings(log) if each.rstrip().endswith("[eqtest.option]"))


@pytest.mark.parametrize(("page", "words", "message"), OURS)
def test_a_mistake_is_reported_at_its_line_on_the_first_build_and_on_the_second(site, page, words, message):
    place = f"{site.docs / page}:{line_of(site, page, words)}: WARNING: "
    for log in site.first.stderr, site.second.stderr:
        assert len([each for each in own(log) if each.startswith(f"{place}{message}")]) == 1


@pytest.mark.parametrize(("page", "words", "message"), REFUSED)
def test_what_docutils_refuses_once_is_repeated(site, page, words, message):
    place = f"{site.docs / page}:{line_of(site, page, words)}: "
    assert f"{place}ERROR: " in site.first.stderr or f"{place}WARNING: " in site.first.stderr
    assert not [each for each in own(site.first.stderr) if each.startswith(place)]
    assert [each for each in own(site.second.stderr) if each.startswith(place) and message in each]


def test_nothing_is_said_twice_and_nothing_follows_from_a_mistake(site):
    assert len(own(site.first.stderr)) == len(OURS)
    assert len(warnings(site.second.stderr)) == len(OURS) + len(REFUSED)
    assert "Traceback" not in site.first.stderr + site.second.stderr


def test_the_second_build_is_as_red_as_the_first(site):
    assert site.build("-W", "--keep-going").returncode == 1
    assert site.build("-q", builder="eqtest").returncode == 1


def test_what_is_mended_is_green(site):
    site.write("bad.rst", "Bad\n===\n\n.. eqtest:: ok\n   :snippet: net\n   :rows: 1\n")
    site.write("myst.md", "# Mended\n\n```{torch} flags\n:hide-code: true\n\na = 1\n```\n")
    run = site.build()
    assert [each for each in warnings(run.stderr) if "[eqtest.vacuous]" in each]  # y = y
    assert "[eqtest.option]" not in run.stderr
