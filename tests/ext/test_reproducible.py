"""A book is the same wherever and however it is built."""

import hashlib
import shutil

from small_site import FALSE, NET, TRUE, Site

PAGE = f"""
More
====

.. torch:: more
   :after: net

   print(sorted(vars().keys() - {{"x"}}), {{"a", "b", "c"}}, w[0])

.. _fig-Net:

.. network-figure:: net

   The network.

.. torch:: failing

   1 / 0

.. math::
   :label: equ-2

   {TRUE} \\\\
   {FALSE}

.. eqtest:: equ-1 equ-2
   :snippet: net

Inline: :eqtest:`y = y + 1`, see :numref:`fig-Net`.
"""


def tree(site):
    """The digest of every file of the HTML tree."""
    root = site.out / "html"
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_two_cold_builds_in_different_folders_and_with_different_jobs_are_the_same(tmp_path, repository):
    elsewhere = tmp_path / "deep" / "down"
    for folder in ("src", "ext"):
        shutil.copytree(repository / folder, elsewhere / folder)
    places = {tmp_path / "here": repository, elsewhere / "there": elsewhere}
    trees = []
    for (folder, package), options in zip(places.items(), [("-j1",), ("-j2", "-D", "eqtest_workers=1")], strict=True):
        site = Site(folder, package)
        site.write("index.rst", "Home\n====\n\n.. toctree::\n   :glob:\n\n   *\n\n", NET.format(name="net"))
        site.write("more.rst", ".. eqtest-context::\n   :snippet: net\n\n", PAGE)
        for number in range(8):  # enough for pages to be read and written in several processes
            site.write(f"page{number}.rst", f"Page {number}\n======\n\n.. math:: {TRUE}\n   :label: equ-p{number}\n")
        site.write("theory.rst", f"Theory\n======\n\n.. math:: {TRUE}\n   :label: equ-1\n")
        site.build(*options)
        trees.append(tree(site))
    assert "more.html" in trees[0]
    assert any(name.endswith("Net.svg") for name in trees[0])
    differing = {name for name in trees[0] | trees[1] if trees[0].get(name) != trees[1].get(name)}
    assert differing == set()
