"""The process runner, with real processes."""

import io
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from oms.local.errors import ProcessFailed
from oms.local.processes import RESTARTS, ProcessSpec, Screen, Supervisor


def python(name: str, code: str) -> ProcessSpec:
    return ProcessSpec(name, [sys.executable, "-c", code])


@pytest.fixture
def output():
    return io.StringIO()


@pytest.fixture
def supervisor(tmp_path, output):
    with Supervisor(os.environ, Screen(output, folder=tmp_path), folder=tmp_path, stop_seconds=2) as made:
        yield made


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_lines_carry_the_name_and_go_to_a_file(supervisor, output, tmp_path):
    supervisor.run(python("hello", "print('one'); print('two')"))

    assert output.getvalue() == "hello       | one\nhello       | two\n"
    assert (tmp_path / "hello.log").read_text() == "one\ntwo\n"


def test_standard_error_is_shown_too(supervisor, output):
    supervisor.run(python("warns", "import sys; print('careful', file=sys.stderr)"))

    assert output.getvalue() == "warns       | careful\n"


def test_a_failed_step_says_what_it_said(supervisor):
    with pytest.raises(ProcessFailed) as refusal:
        supervisor.run(python("upgrade", "import sys; print('no such table'); sys.exit(3)"))

    assert str(refusal.value) == "`upgrade` ended with exit code 3. It said:\n    no such table"


def test_a_missing_program_is_named(supervisor):
    with pytest.raises(ProcessFailed, match=r"Cannot start `web` \(/no/such/program\)"):
        supervisor.start(ProcessSpec("web", ["/no/such/program"]))


def test_a_death_at_start_is_noticed(supervisor):
    supervisor.start(python("web", "raise SystemExit('no port')"), python("relay", "import time; time.sleep(60)"))

    with pytest.raises(ProcessFailed, match="`web` ended with exit code 1"):
        wait_until(supervisor.check)


def test_a_killed_process_is_started_again(supervisor, output):
    supervisor.start(python("worker", "import time; time.sleep(60)"))
    first = supervisor.pids()["worker"]

    os.kill(first, signal.SIGKILL)
    wait_until(lambda: supervisor.revive() or supervisor.pids()["worker"] != first)

    assert is_alive(supervisor.pids()["worker"])
    assert "`worker` was ended by SIGKILL. Starting it again." in output.getvalue()


def test_children_of_a_killed_process_do_not_stay(supervisor, output):
    code = "import subprocess, sys, time; c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    supervisor.start(python("worker", f"{code} print(c.pid); time.sleep(60)"))
    wait_until(lambda: output.getvalue().endswith("\n"))
    child = int(output.getvalue().split("|")[1])

    os.kill(supervisor.pids()["worker"], signal.SIGKILL)
    wait_until(lambda: supervisor.revive() or "Starting it again" in output.getvalue())

    wait_until(lambda: not is_alive(child))


def test_a_process_that_keeps_dying_is_given_up(supervisor, output):
    supervisor.start(python("relay", "print('again')"))

    with pytest.raises(ProcessFailed, match=f"It was started {RESTARTS} times within a minute"):
        wait_until(supervisor.revive)

    assert output.getvalue().count("relay       | again") == RESTARTS


def test_stop_ends_the_stubborn_and_their_children(tmp_path, output):
    stubborn = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(child.pid); time.sleep(60)"
    )
    supervisor = Supervisor(os.environ, Screen(output), folder=tmp_path, stop_seconds=0.5)
    supervisor.start(python("stubborn", stubborn))
    wait_until(lambda: "|" in output.getvalue() and output.getvalue().endswith("\n"))
    pids = [supervisor.pids()["stubborn"], int(output.getvalue().split("|")[1])]
    started = time.monotonic()

    supervisor.stop()

    assert time.monotonic() - started < 5
    wait_until(lambda: not any(is_alive(pid) for pid in pids))


@pytest.mark.skipif(sys.platform != "linux", reason="a kernel feature of Linux")
def test_processes_end_when_the_runner_is_killed(tmp_path):
    code = (
        "import os, sys, time; from pathlib import Path; from oms.local.processes import *;"
        "s = Supervisor(os.environ, Screen(sys.stderr), folder=Path('.'));"
        "s.start(ProcessSpec('x', [sys.executable, '-c', 'import time; time.sleep(60)']));"
        "print(s.pids()['x'], flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout is not None
        child = int(runner.stdout.readline())
        assert is_alive(child)

        runner.kill()

    wait_until(lambda: not is_alive(child))
