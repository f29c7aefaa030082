"""Which edit makes what run again, and why, as the report of the builder ``eqtest`` says it.

Snippets write down every run, so that what the report says is checked against what happened.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from small_site import CONF, FALSE, NET, TRUE

WATCH = """
import os, sys

sys.path.insert(0, os.path.dirname(__file__))
seen = []
sys.addaudithook(lambda event, args: seen.append(event) if event in ("subprocess.Popen", "os.fork") else None)


def setup(app):
    libraries = {"torch", "matplotlib", "numpy"}
    app.connect("build-finished", lambda *_: print("LOADED", sorted(libraries & set(sys.modules)), "STARTED", seen))
"""
PAGE = """
Nets
====

.. A comment.

{base}
   import helper
   scale = helper.scale

.. torch:: more
   :after: base

   more = 2 * L  # twice
   print(more.shape)

.. torch:: reads
   :depends: data.csv

   print(open("data.csv").read())

.. network-figure:: other

   A caption.

.. eqtest:: equ-1
   :snippet: more

.. eqtest:: equ-2
   :snippet: other

.. eqtest:: equ-3
   :snippet: base
"""


def log(site, name):
    return f'   _ = open({str(site.root / "runs")!r}, "a").write("{name}\\n")\n'


@pytest.fixture(scope="module")
def site(make_site):
    site = make_site()
    site.write("conf.py", CONF, WATCH)
    site.write("helper.py", "from pathlib import Path\n\n"
               "scale = 1 * float(Path(__file__).with_name('scale.txt').read_text())\n")  # fmt: skip
    site.write("scale.txt", "1\n")
    site.write("unrelated.py", "scale = 1\n")
    site.write("unrelated.txt", "1\n")
    site.write("data.csv", "1,2\n")
    equations = "".join(f".. math:: {TRUE}\n   :label: equ-{n}\n\n" for n in (1, 2, 3))
    other = NET.format(name="other") + log(site, "other")
    site.write("index.rst", "Home\n====\n\n.. toctree::\n\n   nets\n\nProse.\n\n", equations, other)
    site.write("nets.rst", PAGE.format(base=NET.format(name="base") + log(site, "base")))
    site.before = check(site, "-W")
    return site


def check(site, *options):
    """Why each snippet and equation was run; ``None`` for what came from the cache. All of what ran."""
    (site.root / "runs").unlink(missing_ok=True)
    site.last = site.build(*options, builder="eqtest")
    report = json.loads((site.out / "eqtest" / "report.json").read_text(encoding="utf-8"))
    subjects = [*report["snippets"], *report["checks"]]
    assert all(each["cached"] in (None, each["why"] is None) for each in subjects)
    runs = site.root / "runs"
    ran = set(runs.read_text().split()) if runs.exists() else set()
    return {each.get("name") or each["label"]: each["why"] for each in subjects if each["why"]}, ran


def test_the_first_time_everything_is_run(site):
    assert site.before == (
        dict.fromkeys(["base", "more", "reads", "other", "equ-1", "equ-2", "equ-3"], "first time"),
        {"base", "other"},
    )


@pytest.fixture
def edit(site):
    """Makes one edit of the pages as they were at first, which is undone when the test is over."""
    assert check(site, "-W") == ({}, set())
    before = {path: path.read_bytes() for path in site.docs.iterdir() if path.is_file()}
    yield site.replace
    for path, content in before.items():
        path.write_bytes(content)


@pytest.mark.parametrize(
    ("page", "old", "new"),
    [
        ("index.rst", "Prose.", "Other prose, and more of it.\n\nThe formulas stand lower."),
        ("nets.rst", "A caption.", "Another caption."),
        ("nets.rst", ".. A comment.", ".. Another."),
        ("nets.rst", "# twice", "# two times"),
        ("nets.rst", "2 * L", "2*L"),
        ("nets.rst", ".. torch:: more\n", ".. torch:: more\n   :caption: Twice\n   :hide-output:\n   :linenos:\n"),
        ("nets.rst", ".. torch:: reads\n", ".. torch:: reads\n   :timeout: 17\n"),
        ("unrelated.py", "1", "2"),
        ("unrelated.txt", "1", "2"),
        ("conf.py", "numfig = True", "numfig = False"),
    ],
)
def test_edits_that_change_no_result_run_nothing_and_start_nothing(site, edit, page, old, new):
    edit(page, old, new)
    assert check(site, "-W") == ({}, set())
    assert "LOADED [] STARTED []" in site.last.stdout


EQU_2 = f"{TRUE}\n   :label: equ-2"
TRIALS = dict.fromkeys(["equ-1", "equ-2", "equ-3"], "options changed")
BASE, HELPER, SCALE, DATA = "snippet base changed", "helper.py changed", "scale.txt changed", "data.csv changed"


@pytest.mark.parametrize(
    ("page", "old", "new", "why", "ran"),
    [
        ("index.rst", EQU_2, f"0 + {EQU_2}", {"equ-2": "formula changed"}, {"other"}),
        ("nets.rst", ":snippet: other", ":snippet: other\n   :trials: 2", {"equ-2": "options changed"}, {"other"}),
        ("nets.rst", "2 * L", "3 * L", {"more": (more := "snippet more changed"), "equ-1": more}, {"base"}),
        ("nets.rst", '"shape"', '"form"', {"base": BASE, "more": BASE, "equ-1": BASE, "equ-3": BASE}, {"base"}),
        ("helper.py", "1", "2", {"base": HELPER, "more": HELPER, "equ-1": HELPER, "equ-3": HELPER}, {"base"}),
        ("scale.txt", "1", "2", {"base": SCALE, "more": SCALE, "equ-1": SCALE, "equ-3": SCALE}, {"base"}),
        ("data.csv", "1", "3", {"reads": DATA}, set()),
        ("conf.py", "numfig", "eqtest_trials = 4\nnumfig", TRIALS, {"base", "other"}),
    ],
)
def test_edits_run_what_depends_on_them_and_nothing_else(site, edit, page, old, new, why, ran):
    edit(page, old, new)
    found, really = check(site, "-W")
    if "more" in why and "base" not in why:
        assert found.pop("base") == "snippet more continues it"
    assert (found, really) == (why, ran)
    assert "LOADED []" in site.last.stdout
    assert check(site, "-W") == ({}, set())


def test_fresh_doctrees_and_other_builders_find_the_results(site):
    shutil.rmtree(site.root / "doctrees")
    assert check(site, "-W") == ({}, set())
    assert site.build("-W").returncode == 0
    assert "LOADED [] STARTED []" in site.last.stdout


def test_verbose_builds_tell_of_everything(site, edit):
    edit("index.rst", EQU_2, f"0 + 0 + {EQU_2}")
    told = re.findall("^eqtest: (.*)$", site.build("-v").stdout, re.MULTILINE)
    assert sorted(told) == [
        "index: snippet other: from the cache",
        "nets: equation equ-1: from the cache",
        "nets: equation equ-2: run (formula changed)",
        "nets: equation equ-3: from the cache",
        "nets: figure other: from the cache",
        "nets: snippet base: from the cache",
        "nets: snippet more: from the cache",
        "nets: snippet reads: from the cache",
    ]


def test_force_runs_everything_and_keeps_it(site):
    why, ran = check(site, "-W", "-D", "eqtest_mode=force")
    assert set(why.values()) == {"eqtest_mode is 'force'"}
    assert (len(why), ran) == (7, {"base", "other"})
    assert check(site, "-W") == ({}, set())


def test_the_folder_of_the_cache_can_be_chosen(site):
    assert len(check(site, "-W", "-D", "eqtest_cache_dir=../elsewhere")[0]) == 7
    assert (site.root / "elsewhere").is_dir()
    assert check(site, "-W", "-D", "eqtest_cache_dir=../elsewhere") == ({}, set())


def test_make_clean_takes_the_results_of_the_book_with_it(site, repository):
    def told(target):
        command = ["make", "--no-print-directory", "--dry-run", "--old-file=.venv/.ready", target]
        return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True).stdout

    (cache,) = site.root.rglob(".eqtest_cache")
    assert cache.parent == (site.root / "doctrees").parent
    doctrees = Path(re.search(r" -d (\S+)", told("html"))[1])
    removed = told("clean").split()
    assert removed[:2] == ["rm", "-rf"]
    assert doctrees.parent.is_relative_to(removed[2])


def test_a_damaged_cache_is_said_once_and_mended(site):
    for path in (site.root / ".eqtest_cache").rglob("*.json"):
        path.write_text("{")
    why, ran = check(site, "-W")
    assert (len(why), ran) == (7, {"base", "other"})
    assert site.last.stdout.count("is no entry of the cache") == 1
    assert check(site, "-W") == ({}, set())
    assert "is no entry" not in site.last.stdout


def test_failures_are_repeated_from_the_cache_and_at_their_new_lines(site, edit):
    edit("index.rst", EQU_2, FALSE + "\n   :label: equ-2")
    edit("nets.rst", "   print(more.shape)", "   print(more.form)")
    assert check(site)[0].keys() == {"base", "more", "equ-2"}
    first = site.last.stderr
    assert site.warning("index.rst", FALSE, "fails")(first)
    assert site.warning("nets.rst", "more.form", "snippet")(first)
    assert check(site) == ({}, set())
    assert (site.last.returncode, site.last.stderr) == (1, first)
    edit("nets.rst", "# twice\n", "# twice\n\n")
    assert check(site)[0]["more"] == "its text changed"
    assert site.warning("nets.rst", "more.form", "snippet")(site.last.stderr)


def test_what_another_file_mends_is_looked_at_again(site, edit):
    edit("nets.rst", "   print(open(", "   import late; print(open(")
    assert "No module named 'late'" in (check(site), site.last.stderr)[1]
    (site.docs / "late.py").touch()
    assert check(site, "-W")[0].keys() == {"reads"}
    assert site.last.returncode == 0


def test_a_file_that_is_not_declared_is_not_there(site, edit):
    edit("nets.rst", "   :depends: data.csv\n", "")
    assert check(site)[0].keys() == {"reads"}
    assert site.warning("nets.rst", "print(open(", "snippet")(site.last.stderr)
    assert (
        "No such file or directory: 'data.csv' (':depends:' names the files that a snippet reads)" in site.last.stderr
    )


def test_a_module_that_is_imported_only_if_it_is_there_makes_it_run_when_it_comes(site, edit):
    edit(
        "nets.rst",
        "   print(open(",
        "   try:\n       import extra\n   except ImportError:\n       pass\n   print(open(",
    )
    assert check(site, "-W")[0].keys() == {"reads"}
    assert site.last.returncode == 0
    (site.docs / "another.py").touch()
    assert check(site, "-W") == ({}, set())
    (site.docs / "extra.py").touch()
    assert check(site, "-W")[0] == {"reads": "extra.py changed"}


def test_a_file_that_is_not_there_is_a_mistake(site, edit):
    edit("nets.rst", ":depends: data.csv", ":depends: data.tsv")
    check(site)
    assert site.warning("nets.rst", "print(open(", "option")(site.last.stderr)
    assert "there is no file 'data.tsv' in the source folder" in site.last.stderr
