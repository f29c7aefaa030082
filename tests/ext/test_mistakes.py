"""Every mistake of an author's is a warning at its place, once, and the build goes on."""

import pytest
from small_site import FALSE, NET, TRUE

PAGE = rf"""
Mistakes
========

.. torch:: raises

   a = 1
   b = unknown_name

.. torch:: depends
   :after: raises

   c = b

.. torch:: hangs
   :timeout: 1

   d = 1
   while True: pass

.. torch:: net

   taken = True

.. torch:: orphan
   :after: nett

   e = 1

.. torch:: hen
   :after: egg

   f = 1

.. torch:: egg
   :after: hen

   g = 1

.. torch:: parameters
   :params: N = three

   h = 1

.. torch:: hurried
   :timeout: soon

   i = 1

.. torch:: greedy
   :memory-limit: much

   i_2 = 1

.. torch:: syntax

   j = 1
   k = = 2

.. torch:: not-raised
   :raises: ValueError

   m = 1

.. network-figure:: orphan

   Never drawn, and not said again.

.. network-figure:: no-such-net

   Never drawn.

.. network-figure:: empty

   Nothing to draw.

.. torch:: empty

   n = 1

.. math:: {TRUE}
   :label: equ-True

.. math::
   :label: equ-Rows

   \begin{{aligned}}
   {TRUE} \\
   {FALSE} \\
   \frac{{\partial L}}{{\partial q_1}} &= 1
   \end{{aligned}}

.. eqtest:: equ-Ture
   :snippet: net

.. eqtest:: equ-True
   :snippet: depends

.. eqtest:: equ-True
   :where: N in 1..2

.. eqtest:: equ-True
   :snippet: no-net

.. eqtest:: equ-True
   :snippet: net
   :layout: sideways

.. eqtest:: equ-True
   :snippet: net
   :symbols: no colon here

.. eqtest:: equ-True
   :snippet: net
   :expect: fails

.. eqtest:: equ-True
   :snippet: net
   :where: N in nowhere

.. eqtest:: equ-Rows
   :snippet: net
   :trials: 1
"""


@pytest.fixture(scope="module")
def site(make_site):
    site = make_site()
    site.write("index.rst", "Home\n====\n\n.. toctree::\n\n   mistakes\n\n" + NET.format(name="net"))
    site.write("mistakes.rst", PAGE)
    site.first = site.build()
    return site


@pytest.fixture(scope="module")
def log(site):
    return site.first.stderr


@pytest.mark.parametrize(
    ("words", "subtype", "message"),
    [
        ("b = unknown_name", "snippet", "NameError: name 'unknown_name' is not defined"),
        ("while True: pass", "timeout", "1 s"),
        ("taken = True", "snippet", "the name is taken by the snippet at index.rst:"),
        ("e = 1", "snippet", "there is no snippet 'nett'; did you mean 'net'?"),
        ("f = 1", "snippet", "with :after: it continues itself: hen after egg after hen"),
        ("g = 1", "snippet", "with :after: it continues itself: egg after hen after egg"),
        ("h = 1", "option", "params has 'N = three', expected 'name = integer'"),
        ("i = 1", "option", "timeout is 'soon', expected a number of seconds"),
        ("i_2 = 1", "option", "memory-limit is 'much', expected a size such as '500 MB' or '2 GiB'"),
        ("k = = 2", "snippet", "SyntaxError"),
        ("m = 1", "snippet", "ValueError"),
        ("network-figure:: no-such-net", "snippet", "there is no snippet 'no-such-net'"),
        ("network-figure:: empty", "figure", ""),
        (":layout: sideways", "option", "layout is 'sideways', expected one of"),
        (":symbols: no colon", "option", "expected 'pattern: expression'"),
        ("eqtest:: equ-Ture", "label", "no equation has the label 'equ-Ture'; did you mean 'equ-True'"),
        (FALSE, "fails", "row 2 fails: with "),
        (r"\partial q_1", "unbound", "row 3 cannot be checked"),
    ],
)
def test_the_warning_is_at_the_place_of_the_mistake(site, log, words, subtype, message):
    assert site.warning("mistakes.rst", words, subtype)(log)
    assert message in log


@pytest.mark.parametrize(
    ("option", "subtype", "message"),
    [
        (":where: N in 1..2", "snippet", "no snippet is named"),
        (":snippet: no-net", "snippet", "there is no snippet 'no-net'"),
        (":expect: fails", "expect", "is expected to fail, but its verdict is 'holds'"),
        (":where: N in nowhere", "where", "cannot be checked"),
    ],
)
def test_a_mistake_in_an_option_is_reported_at_its_directive(site, log, option, subtype, message):
    directive = site.line("mistakes.rst", option) - (1 if "N in 1..2" in option or "no-net" in option else 2)
    place = f"{site.docs / 'mistakes.rst'}:{directive}: WARNING: "
    (line,) = [line for line in log.splitlines() if line.startswith(place)]
    assert message in line
    assert f"[eqtest.{subtype}]" in log


def test_the_build_goes_on_and_nothing_is_said_twice(site, log):
    assert site.first.returncode == 0
    assert log.count("unknown_name") == 1  # neither for 'depends' nor for the equation checked with it
    assert log.count("WARNING") == 22
    assert "Traceback" not in log


def test_the_caret_of_a_formula_that_cannot_be_read(log):
    assert "^" in log


def test_a_mark_says_that_the_snippet_failed(site):
    assert "not checked: the snippet failed" in site.html("mistakes").find("details").get_text()


def test_the_reader_sees_the_error_without_paths_of_the_machine(site):
    error = site.html("mistakes").find(class_="error")
    assert "unknown_name" in error.get_text()
    assert str(site.root) not in site.html("mistakes").get_text()
