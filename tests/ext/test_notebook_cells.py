"""Code cells of notebooks as the snippets of checks: on the pages of a site, and by ``python -m eqtest``."""

import json

import pytest

from eqtest.__main__ import main

CHAIN = r"\frac{\partial h_N}{\partial h_{N-1}} \cdots \frac{\partial h_1}{\partial h_0}"
TRUE = rf"\frac{{\partial h_N}}{{\partial h_0}} = {CHAIN}"
FALSE = TRUE.replace(r"\partial h_1}{\partial h_0", r"\partial h_2}{\partial h_1")
NET = "w = [torch.randn(3, 3, requires_grad=True) for _ in range(N)]\nh = {0: torch.randn(3, requires_grad=True)}"
LOOP = "for n in range(N):\n    h[n + 1] = torch.tanh(w[n] @ h[n])"

PAGE = f"""---
file_format: mystnb
kernelspec:
  name: python3
---

# Cells

```{{code-cell}}
:tags: [eqtest-net, parameters]
N = 3
```

```{{code-cell}}
:tags: [eqtest-net, eqtest-slip]

%matplotlib inline
import torch
```

Words between.

```{{code-cell}}
:tags: [eqtest-net]

{NET}
```

```{{code-cell}}
not_tagged = not Python
```

```{{code-cell}}
:tags: [eqtest-net]

{LOOP}
```

```{{code-cell}}
:tags: [eqtest-slip]

x = torch.randn(2)

y = unknown_name
```

```{{code-cell}}
:tags: [eqtest-parameters, parameters]

K = 3
M = "three"
```

```{{code-cell}}
:tags: [eqtest-hidden, remove-input]

a = 1
```

$$
{TRUE}
$$ (good)

$$
{FALSE}
$$ (wrong)

```{{eqtest}} good wrong
:snippet: net
:where: N in 1..4
```

$$
K = K
$$ (other)

```{{eqtest}} other
:snippet: nett
```
"""


def book():
    """The same as a notebook, with a cell that must not be run by the reading of it."""
    parts = [
        ("markdown", "# Book", []),
        ("code", "N = 3", ["eqtest-net", "parameters"]),
        ("code", f"import torch\n\n{NET}", ["eqtest-net"]),
        ("code", "open('run', 'w').close()", []),
        ("code", LOOP, ["eqtest-net"]),
        ("code", "\nimport math\n\nmath.no_such", ["eqtest-slip"]),
        ("markdown", f"$$\n{TRUE}\n$$ (good)\n\n$$\n{FALSE}\n$$ (wrong)", []),
        ("markdown", "```{eqtest} good wrong\n:snippet: net\n:where: N in 1..4\n```", []),
        ("markdown", "```{eqtest} absent\n:snippet: net\n```", []),
    ]
    extra = {"code": {"execution_count": None, "outputs": []}, "markdown": {}}
    cells = [
        {"cell_type": kind, "id": f"c{n}", "metadata": {"tags": tags}, "source": text.splitlines(keepends=True)}
        | extra[kind]
        for n, (kind, text, tags) in enumerate(parts)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python"}, "language_info": {"name": "python"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}, indent=1)


@pytest.fixture(scope="module")
def site(make_site):
    site = make_site()
    site.replace("conf.py", '"myst_parser"', '"myst_nb"')
    site.write("conf.py", (site.docs / "conf.py").read_text("utf-8"), 'nb_execution_mode = "off"\n')
    site.write("index.md", PAGE)
    site.first = site.build()
    site.second = site.build()
    return site


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("y = unknown_name", "snippet slip: NameError: name 'unknown_name' is not defined"),
        ('M = "three"', "snippet parameters: a cell of parameters has lines 'name = integer': "),
        ("remove-input", "snippet hidden: the code of the cell is taken out of the page"),
        (FALSE, "equation wrong fails"),
        ("```{eqtest} other\n", "equation other: there is no snippet 'nett'; did you mean 'net'?"),
    ],
)
def test_a_mistake_is_at_its_line_on_every_build(site, words, message):
    text = (site.docs / "index.md").read_text("utf-8")
    line = text[: text.index(words)].count("\n") + 1
    for log in site.first.stderr, site.second.stderr:
        assert f"{site.docs / 'index.md'}:{line}: WARNING: {message}" in log
        assert log.count("[eqtest.") == 5, log


def test_cells_of_one_name_are_one_snippet_and_parameters_take_the_values_of_the_check(site):
    page = site.html("index")
    good, wrong, *_ = page.find_all("details", class_="eqtest")
    assert good.summary.get_text().startswith("✓")
    assert wrong.summary.get_text().startswith("✗")
    assert "N = 1" in wrong.get_text()  # not the value that stands in the cell
    link = good.find("a", string="net")
    assert "N = 3" in page.find(id=link["href"].removeprefix("#")).get_text()


@pytest.fixture
def alone(tmp_path, monkeypatch):
    path = tmp_path / "book.ipynb"
    path.write_text(book(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return path


def test_a_notebook_without_a_site(alone, capsys):
    assert main([alone.name]) == 2  # for the label that nothing has
    out, err = capsys.readouterr()
    lines = alone.read_text("utf-8").splitlines()
    for words, message in [
        ("math.no_such", "snippet slip: AttributeError"),
        (json.dumps(FALSE)[1:-1], "equation wrong fails"),
        ("```{eqtest} absent", "equation absent: no equation has the label 'absent'"),
    ]:
        line = next(number for number, text in enumerate(lines, 1) if words in text)
        assert f"book.ipynb:{line}: {message}" in out
    assert err == ""
    assert "    3 failures\n" in out
    assert not (alone.parent / "run").exists()
