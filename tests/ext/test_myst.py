"""The same directives and role in Markdown, through MyST."""

import pytest
from small_site import FALSE, TRUE

PAGE = rf"""
# Markdown

```{{torch}} net
:params: N = 2
import torch

w = [torch.randn(3, 3, requires_grad=True) for _ in range(N)]
x = torch.randn(3, requires_grad=True)
h = torch.tanh(w[0] @ x)
y = torch.tanh(w[1] @ h)
L = y.square().sum() / 2
print(N)
```

$$
{TRUE}
$$ (equ-Dollars)

```{{math}}
:label: equ-Directive
{FALSE}
```

```{{eqtest-context}}
:snippet: net
```

```{{eqtest}} equ-Dollars equ-Directive
```

Some words, and {{eqtest}}`\frac{{\partial L}}{{\partial y}} = 2 y^\top`.

```{{network-figure}} net
:name: fig-InMarkdown

Caption.
```
"""


@pytest.fixture(scope="module")
def site(make_site):
    site = make_site()
    site.write("index.md", PAGE)
    site.first = site.build()
    return site


def test_false_formulas_are_reported_at_their_lines(site):
    assert site.warning("index.md", FALSE, "fails")(site.first.stderr)
    assert site.warning("index.md", "Some words", "fails")(site.first.stderr)
    assert site.first.stderr.count("WARNING") == 2


def test_the_page_has_output_marks_and_figure(site):
    page = site.html("index")
    assert page.find(class_="eqtest-output").get_text().strip() == "2"
    assert [mark.summary.get_text()[0] for mark in page.find_all("details")] == ["✓", "✗"]
    assert page.figure.img["src"] == "_images/InMarkdown.svg"


def test_a_marks_place_is_beside_a_paragraph_not_within_it(site):
    assert site.html("index").select("p details") == []
