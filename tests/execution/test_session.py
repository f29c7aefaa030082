"""Chains of cells in this process: output, values, failures at the author's lines."""

from __future__ import annotations

import subprocess
import sys

import pytest

from eqtest.errors import SnippetError
from eqtest.execution.cell import Cell, Failure, Outcome
from eqtest.execution.session import OUTPUT_LIMIT, draw, run_cells

PAGE = "docs/残差单元.rst"


def cell(code: str, name: str = "a", line: int = 11, path: str = PAGE, **options: object) -> Cell:
    return Cell(name, code, path, line, **options)  # type: ignore[arg-type]


def outcome(code: str, **options: object) -> Outcome:
    return run_cells([cell(code, **options)])[1][0]


def failure(code: str, **options: object) -> Failure:
    found = outcome(code, **options).failure
    assert found is not None
    return found


def test_output_and_value_are_what_an_interpreter_shows() -> None:
    found = outcome("print('a')\nprint('b', end='')\n[1, 2][::-1]")
    assert (found.stdout, found.value, found.failure) == ("a\nb", "[2, 1]", None)


@pytest.mark.parametrize("code", ["", "# only a comment", "x = 1", "None", "print()", "for x in 'ab': x"])
def test_no_value(code: str) -> None:
    found = outcome(code)
    assert (found.value, found.failure) == ("", None)


def test_tensors_are_float64_and_the_same_in_every_run() -> None:
    code = "import random, numpy, torch\ntorch.randn(2), random.random(), numpy.random.rand(), torch.zeros(1).dtype"
    first = outcome(code).value
    assert "torch.float64" in first
    assert outcome(code).value == first


def test_default_dtype_and_generators_of_the_caller_are_restored() -> None:
    import torch

    torch.manual_seed(5)
    expected = torch.rand(1).item()
    torch.manual_seed(5)
    outcome("import torch\ntorch.set_default_dtype(torch.float16)\ntorch.manual_seed(1)\n1 / 0")
    assert torch.get_default_dtype() == torch.float32
    assert torch.rand(1).item() == expected


def test_params_and_upstream_names_are_in_the_namespace() -> None:
    namespace, outcomes = run_cells([cell("x = N + 1", params=(("N", 3),)), cell("x * M", params=(("M", 2),))])
    assert outcomes[1].value == "8"
    assert (namespace["N"], namespace["x"]) == (3, 4)


def test_assignment_wins_over_the_params_of_every_cell() -> None:
    _, outcomes = run_cells([cell("N", params=(("N", 3),)), cell("N", params=(("N", 4),))], {"N": 7})
    assert [each.value for each in outcomes] == ["7", "7"]


def test_chains_share_nothing() -> None:
    run_cells([cell("leaked = 1")])
    assert failure("leaked").message == "NameError: name 'leaked' is not defined"


def test_it_is_a_main_module_whose_classes_can_be_saved_and_read() -> None:
    code = """
        import inspect, io, torch
        class Net(torch.nn.Module):
            depth = 2
        buffer = io.BytesIO()
        torch.save(Net(), buffer)
        if __name__ == "__main__":
            print(inspect.getsource(Net))
    """
    main = sys.modules["__main__"]
    found = outcome("\n".join(line[8:] for line in code.splitlines()))
    assert found.failure is None
    assert found.stdout == "class Net(torch.nn.Module):\n    depth = 2\n\n"
    assert sys.modules["__main__"] is main


def test_exception_in_a_function_of_the_cell_above_has_the_line_of_that_function() -> None:
    upper = cell("def f(x):\n\n    return x.missing", "upper", 20)
    _, outcomes = run_cells([upper, cell("y = 1\nf(y)", "lower", 40)])
    found = outcomes[1].failure
    assert found is not None
    assert (found.kind, found.path, found.line) == ("exception", PAGE, 22)
    assert found.message == "AttributeError: 'int' object has no attribute 'missing'"
    assert 'line 41, in <module>\n    f(y)\n  File "docs/残差单元.rst", line 22, in f' in found.traceback


def test_exception_inside_a_library_has_the_line_of_the_call_and_no_frame_of_the_library() -> None:
    found = failure("import json\njson.loads(\n    '{')")
    assert found.line in (12, 13)  # where the call is: its first line, or that of its argument
    assert "json/decoder" not in found.traceback
    assert "json.loads(" in found.traceback


def test_cause_keeps_the_frames_of_the_author_only() -> None:
    code = "import json\ntry:\n    json.loads('{')\nexcept ValueError as e:\n    raise KeyError('x') from e"
    found = failure(code)
    assert (found.message, found.line) == ("KeyError: 'x'", 15)
    assert "decoder.py" not in found.traceback
    assert "direct cause" in found.traceback


@pytest.mark.parametrize(
    ("code", "line"),
    [("x = 1\ny = (", 12), ("x = 1\nif x:\ny = 2", 13), ("\n\nbreak", 13), ("x = 1\n  y = 2", 12), ("def f():\n", 11)],
)
def test_syntax_errors_have_their_line(code: str, line: int) -> None:
    found = failure(code)
    assert found.message.startswith(("SyntaxError: ", "IndentationError: "))
    assert found.line == line


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1\nimport sys\nsys.exit(4)", "SystemExit: 4"),
        ("\n\nraise KeyboardInterrupt", "KeyboardInterrupt"),
        ("\nclass E(Exception):\n  def __str__(self): return self.x\nraise E", "E: (its message cannot be printed)"),
        ("class R:\n  def __repr__(self):\n    raise ValueError('a\\nb')\nR()", "ValueError: a b"),
    ],
)
def test_nothing_that_the_code_raises_gets_out(code: str, message: str) -> None:
    found = failure(code)
    assert found.message == message
    assert found.line in (13, 14)


def test_endless_recursion() -> None:
    found = failure("def f(n):\n    return f(n + 1)\nf(0)")
    assert found.message.startswith("RecursionError: ")
    assert found.line == 12
    assert "Previous line repeated" in found.traceback


def test_downstream_of_a_failure_is_not_run_and_names_it() -> None:
    _, outcomes = run_cells([cell("1 / 0", "up"), cell("print('ran')", "mid", 20), cell("1", "down", 30)])
    assert [each.failure and each.failure.kind for each in outcomes] == ["exception", "upstream", "upstream"]
    last = outcomes[2].failure
    assert last is not None
    assert (last.line, outcomes[1].stdout) == (30, "")
    assert "'up'" in last.message
    assert "ZeroDivisionError" in last.message


@pytest.mark.parametrize("expected", ["IndexError", "LookupError", "builtins.IndexError"])
def test_expected_exception(expected: str) -> None:
    found = outcome("print('before')\n[][1]", raises=expected)
    assert (found.failure, found.stdout) == (None, "before\n")
    assert found.raised == "IndexError: list index out of range"


def test_cells_after_an_expected_exception_run() -> None:
    _, outcomes = run_cells([cell("x = 1\n1 / 0", raises="ZeroDivisionError"), cell("x")])
    assert outcomes[1].value == "1"


def test_expected_exception_that_does_not_come() -> None:
    found = failure("x = 1", raises="ValueError")
    assert (found.kind, found.line) == ("not-raised", 11)
    assert "ValueError" in found.message


def test_another_exception_than_the_expected_one() -> None:
    found = failure("\n1 / 0", raises="ValueError")
    assert (found.kind, found.line) == ("exception", 12)
    assert found.message == "ZeroDivisionError: division by zero (expected ValueError)"


def test_long_output_is_cut_with_a_note() -> None:
    found = outcome("while len('x') and (n := globals().get('n', 0) + 1) < 300:\n    print('é' * 1000)")
    assert found.failure is None
    kept, _, note = found.stdout.rstrip().rpartition("\n")
    assert len(kept.encode()) <= OUTPUT_LIMIT
    assert len(kept.encode()) > OUTPUT_LIMIT - 3
    assert note == "[output cut after 100 kB]"


def test_bytes_written_to_stdout_are_output_too() -> None:
    found = outcome("import sys\nprint('a')\n_ = sys.stdout.buffer.write(b'b\\n')\nprint('c')")
    assert found.stdout == "a\nb\nc\n"


def test_draw_is_the_run_of_the_reader() -> None:
    code = "import torch\nprint('unseen')\nx = torch.randn(3).tolist()\nx"
    assert repr(draw([cell(code)], {}, 0, 0)["x"]) == outcome(code).value


def test_draw_raises_with_the_line_of_the_author() -> None:
    with pytest.raises(SnippetError, match="IndexError: list index out of range") as caught:
        draw([cell("x = [1, 2]\nx[N]", params=(("N", 1),))], {"N": 2}, 0, 0)
    assert caught.value.line == 12


def test_draw_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    draw([cell("print('unseen')")], {}, 0, 0)
    assert capfd.readouterr().out == ""


def test_draw_keeps_to_expected_exceptions() -> None:
    assert draw([cell("x = 1\n1 / 0", raises="ArithmeticError")], {}, 0, 0)["x"] == 1
    with pytest.raises(SnippetError, match="expected ValueError"):
        draw([cell("x = 1", raises="ValueError")], {}, 0, 0)


def test_modules_load_no_torch() -> None:
    modules = "eqtest.execution.session, eqtest.execution.jobs, eqtest.execution.pool, eqtest.execution.worker"
    code = f"import {modules}, sys; assert not {{'torch', 'numpy', 'matplotlib'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
