"""``make livehtml``: a formula that is saved is checked and shown again, once, and nothing else sets a build off."""

import os
import queue
import re
import socket
import subprocess
import sys
import threading

import pytest
from small_site import FALSE, NET, TRUE

BUILT = re.compile(r"The HTML pages are in|build succeeded|build finished")
PATIENCE = 240
QUIET = 6
"""Seconds without a build after which there is none under way: sphinx-autobuild looks for changes twice a second."""


@pytest.fixture
def command(repository):
    """How the Makefile starts sphinx-autobuild."""
    lines = (repository / "Makefile").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if "sphinx-autobuild" in line]
    return line.split()[1:]


class Server:
    """sphinx-autobuild; ``line(words)`` waits until it prints them."""

    def __init__(self, arguments, folder, environment):
        self.lines = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "sphinx_autobuild", *arguments],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)

    def until(self, words):
        seen = []
        while not seen or words not in seen[-1]:
            seen.append(self.lines.get(timeout=PATIENCE))
        return "".join(seen)

    def quiet(self):
        """Everything that is printed until nothing is for a while."""
        seen = []
        while True:
            try:
                seen.append(self.lines.get(timeout=QUIET))
            except queue.Empty:
                return "".join(seen)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def test_one_save_is_one_build(make_site, repository, command):
    site = make_site()
    page = f".. math:: {TRUE}\n   :label: a\n\n.. eqtest:: a\n   :snippet: net\n"
    site.write("index.rst", "Home\n====\n", NET.format(name="net"), page)
    (site.root / "conf.py").write_text((site.docs / "conf.py").read_text(encoding="utf-8"), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    values = {"$(SPHINXOPTS)": "", "$(BUILD)": "build"}
    arguments = [re.sub(r"\$\(\w+\)", lambda found: values[found[0]], part) for part in command]
    path = os.pathsep.join([str(repository / "src"), str(repository / "ext")])
    environment = os.environ | {"PYTHONPATH": path, "NO_COLOR": "1"}
    server = Server([*filter(None, arguments), "--port", str(port)], site.root, environment)
    try:
        first = server.until("Serving on") if command else ""
        assert first.count("build succeeded") == 1
        assert not BUILT.search(server.quiet())  # what the build wrote sets no other off
        site.replace("index.rst", TRUE, FALSE)
        second = server.until("build succeeded") + server.quiet()
        assert second.count("build succeeded") == 1
        line = site.line("index.rst", FALSE)
        assert f"index.rst:{line}: WARNING: equation a fails: with " in second
    finally:
        server.stop()
