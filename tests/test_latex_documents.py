"""``python -m eqtest paper.tex --snippet net.py``: the labelled equations of a paper as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from eqtest.__main__ import main
from eqtest.documents.latex import is_document, read_document

NET = """\
import torch
w = [torch.randn(3, 3, requires_grad=True) for _ in range(2)]
x = torch.randn(3, requires_grad=True)
h = torch.tanh(w[0] @ x)
y = torch.tanh(w[1] @ h)
L = y.square().sum() / 2
"""
PAPER = r"""\documentclass{article}
\newcommand{\dd}[2]{\frac{\partial #1}{\partial #2}}
\def\half#1{\frac{#1}{2}}
\DeclareMathOperator{\tanH}{tanh}
\begin{document}
% \begin{equation}\label{eq:comment} a = b \end{equation}
\begin{verbatim}
\begin{equation}\label{eq:verbatim} a = b \end{equation}
\end{verbatim}
\begin{equation}
  \label{eq:right}
  \dd{L}{h} = \dd{L}{y} \dd{y}{h}
\end{equation}
\begin{align}
  h &= \tanH(w_0 x), \label{eq:first} \\
  \dd{L}{x} &= \dd{L}{y} % not its end
      \dd{y}{h} \dd{h}{x} \notag \\
    &= 2 \dd{L}{h} \dd{h}{x} \label{eq:wrong} \\
  \dd{L}{y} &= y \label{eq:gradient}
\end{align}
\input{part}
\end{document}
"""
PART = "\n\\begin{gather}\\label{eq:part}\n \\half{L} = L - \\half{L}\n\\end{gather}\n"


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in ("paper.tex", PAPER), ("part.tex", PART), ("net.py", NET):
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path / "paper.tex"


@pytest.mark.usefixtures("paper")
def test_equations_are_found_where_they_stand(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["paper.tex", "--list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "paper.tex:12: eq:right (equation)",
        "paper.tex:15: eq:first (align)",
        "paper.tex:16: eq:wrong (align)",
        "paper.tex:19: eq:gradient (align)",
        "part.tex:3: eq:part (gather)",
    ]


@pytest.mark.usefixtures("paper")
def test_rows_are_reported_at_their_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["paper.tex", "--snippet", "net.py", "--format", "github"]) == 1
    wrong, gradient = capsys.readouterr().out.splitlines()
    assert "file=paper.tex,line=18,col=" in wrong
    assert "title=eqtest.fails::equation eq:wrong, row 2 fails: with " in wrong
    assert "file=paper.tex,line=19," in gradient


@pytest.mark.usefixtures("paper")
def test_macros_with_an_optional_argument_and_delimiters(paper: Path, capsys: pytest.CaptureFixture[str]) -> None:
    macros = (
        "\\newcommand{\\pd}[2][L]{\\frac{\\partial #1}{\\partial #2}}\n"
        "\\DeclarePairedDelimiter{\\norm}{\\lVert}{\\rVert}\n"
    )
    body = (
        "\\begin{align}\n L &= \\norm*{y}^2/2 \\label{a} \\\\ \\pd{x} &= \\pd{y} \\pd[y]{x} \\label{b}\n\\end{align}\n"
    )
    paper.write_text("\\documentclass{article}\n" + macros + "\\begin{document}\n" + body, "utf-8")
    assert main(["paper.tex", "--snippet", "net.py"]) == 0, capsys.readouterr().out


def test_an_equation_has_options_of_its_own(paper: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = "\\begin{equation} % eqtest: layout: gradient\n \\dd{L}{y} = y \\label{a}\n\\end{equation}\n"
    paper.write_text(PAPER[: PAPER.index("\\begin{document}")] + layout, "utf-8")
    assert main(["paper.tex", "--snippet", "net.py"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"a = b", False),
        (r"\begin{aligned} a &= b \end{aligned} % \label{no}", False),
        (r"\begin{equation}\label{a} a = b\end{equation}", True),
        (r"\section{A}", True),
    ],
)
def test_a_formula_is_no_document(text: str, expected: bool) -> None:
    assert is_document(text) is expected


def test_mistakes_of_a_document(paper: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paper.write_text(PAPER.replace("eq:gradient", "eq:first").replace("{part}", "{absent}"), "utf-8")
    (paper.parent / "latin.tex").write_bytes("\\section{a}\n% \xe9".encode("latin-1"))
    document = read_document(Path("paper.tex"), Path("paper.tex").read_text("utf-8"))
    assert [(case.line, case.subtype, case.message) for case in document.mistakes] == [
        (21, "file", "absent cannot be read: No such file or directory"),
        (19, "label", "the label 'eq:first' is taken by the equation at paper.tex:15"),
    ]
    for options in ["--snippet", "net.py"], ["--list"]:
        assert main(["latin.tex", *options]) == 2
        words = "eqtest: latin.tex is not UTF-8: byte 0xe9 in line 2; save it as UTF-8\n"
        assert capsys.readouterr().err == words
        assert main(["absent.tex", *options]) == 2
        assert capsys.readouterr().err == "eqtest: absent.tex cannot be read: No such file or directory\n"
    assert main(["paper.tex", "--snippet", "net.py", "--label", "eq:none"]) == 2
    assert "no equation has the label 'eq:none'" in capsys.readouterr().out


def test_a_snippet_that_does_not_end(paper: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (paper.parent / "endless.py").write_text("a = 1\nwhile True:\n    pass\n", "utf-8")
    code = main(["paper.tex", "--snippet", "endless.py", "--timeout", "1"])
    out = capsys.readouterr().out
    assert code == 2
    assert "endless.py:2: snippet endless.py: still running after 1 s" in out or "endless.py:3: snippet" in out
    assert "    5 skipped tests" in out


def test_a_snippet_that_fails_is_reported_at_its_line(paper: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (paper.parent / "bad.py").write_text("a = 1\nb = nothing\n", "utf-8")
    assert main(["paper.tex", "--snippet", "net.py", "--snippet", "bad.py"]) == 2
    assert "bad.py:2: snippet bad.py: NameError: name 'nothing' is not defined [snippet]" in capsys.readouterr().out
