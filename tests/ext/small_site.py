"""A small site in a folder of its own, which tests write, build and change."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONF = """\
extensions = ["sphinx_eqtest", "myst_parser", "sphinx.ext.doctest"]
myst_enable_extensions = ["dollarmath"]
numfig = True
exclude_patterns = ["_*"]
"""

NET = """\
.. torch:: {name}

   import torch

   w = [torch.randn(3, 3, requires_grad=True) for _ in range(2)]
   x = torch.randn(3, requires_grad=True)
   h = torch.tanh(w[0] @ x)
   y = torch.tanh(w[1] @ h)
   L = y.square().sum() / 2
   print("shape", tuple(y.shape))
   2 + 3
"""

CHAIN = r"\frac{\partial L}{\partial y}\frac{\partial y}{\partial h}"
TRUE = rf"\frac{{\partial L}}{{\partial w_0}} = {CHAIN}\frac{{\partial h}}{{\partial w_0}}"
FALSE = rf"\frac{{\partial L}}{{\partial h}} = 2 {CHAIN}"


def warnings(log: str) -> list[str]:
    """The warnings in a log, some of which go over several lines."""
    return re.split(r"\n(?=.*: WARNING: )", log.strip())


class Site:
    """Pages in ``docs``; each builder writes to a folder of its own, all from the same doctrees.

    ``first`` is what the first build came to.
    """

    first: subprocess.CompletedProcess[str]

    def __init__(self, root: Path, repository: Path) -> None:
        self.root, self.docs, self.out = root, root / "docs", root / "out"
        self.docs.mkdir(parents=True)
        self._path = os.pathsep.join([str(repository / "src"), str(repository / "ext")])
        self.write("conf.py", CONF)

    def write(self, name: str, *parts: str) -> None:
        text = "\n".join(textwrap.dedent(part) for part in parts)
        (self.docs / name).write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.docs / name).read_text(encoding="utf-8")
        assert old in text
        (self.docs / name).write_text(text.replace(old, new), encoding="utf-8")

    def line(self, name: str, words: str) -> int:
        """The number of the first line that holds ``words``."""
        lines = (self.docs / name).read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if words in line)

    def start(self, *options: str, builder: str = "html") -> subprocess.Popen[str]:
        """Start sphinx-build; its warnings are what it writes to stderr."""
        folders = [str(self.docs), str(self.out / builder), "-d", str(self.root / "doctrees")]
        return subprocess.Popen(
            [sys.executable, "-m", "sphinx", "--no-color", "-b", builder, *folders, *options],
            env=os.environ | {"PYTHONPATH": self._path},
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def build(self, *options: str, builder: str = "html") -> subprocess.CompletedProcess[str]:
        """Run sphinx-build to its end."""
        process = self.start(*options, builder=builder)
        stdout, stderr = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def html(self, page: str) -> BeautifulSoup:
        return BeautifulSoup((self.out / "html" / f"{page}.html").read_text(encoding="utf-8"), "html.parser")

    def warning(self, page: str, words: str, subtype: str) -> Callable[[str], bool]:
        """Whether a build warned of ``subtype`` on the line of ``page`` that holds ``words``."""
        place = f"{self.docs / page}:{self.line(page, words)}: WARNING: "
        ending = f"[eqtest.{subtype}]"
        return lambda log: any(each.startswith(place) and each.endswith(ending) for each in warnings(log))
