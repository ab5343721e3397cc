"""The embedded servers, really started, in folders of their own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from oms.local import services
from oms.local.account import can_reach
from oms.local.environment import load_environment, merge
from oms.local.home import Home, free_port, is_free
from oms.local.lease import Lease, in_use
from oms.local.postgres import Postgres
from oms.local.services import local_services
from oms.local.valkey import Valkey

NOTHING_SET: dict[str, str] = {}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = Home(tmp_path_factory.mktemp("home"), test=True)
    yield folder
    services.down(folder)


def bare_environment(path: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL", "BATON_ENV"}}
    return {**kept, "BATON_HOME": str(path)}


def settings_of(url: str, pattern: str) -> dict[str, str]:
    with redis.Redis.from_url(url) as client:
        return client.config_get(pattern)


def one(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
    return row[0] if row else None


def do(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def test_both_answer_and_stop_at_the_end(home):
    with local_services(home, NOTHING_SET) as urls:
        assert one(urls.database, "SELECT current_user || '@' || current_database()") == "baton_owner@baton"
        assert settings_of(urls.redis, "maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        running = [server.pid for server in services.status(home)]

    assert all(running)
    assert [server.pid for server in services.status(home)] == [None, None]


def test_servers_listen_on_loopback_only(home):
    with local_services(home, NOTHING_SET):
        for server in services.status(home):
            assert server.pid is not None
            listening = [c.laddr.ip for c in psutil.Process(server.pid).net_connections() if c.status == "LISTEN"]
            assert set(listening) == {"127.0.0.1"}


def test_a_test_folder_forgets_and_a_real_one_remembers(home, tmp_path):
    with local_services(home, NOTHING_SET) as urls:
        assert one(urls.database, "SHOW fsync") == "off"
        assert settings_of(urls.redis, "appendonly") == {"appendonly": "no"}
    with local_services(Home(tmp_path), NOTHING_SET) as urls:
        assert one(urls.database, "SHOW fsync") == "on"
        assert settings_of(urls.redis, "appendonly") == {"appendonly": "yes"}
        assert settings_of(urls.redis, "appendfsync") == {"appendfsync": "everysec"}


def test_an_inner_user_does_not_stop_the_outer_ones_servers(home):
    with local_services(home, NOTHING_SET) as outer:
        with local_services(home, NOTHING_SET) as inner:
            assert inner == outer
        assert one(outer.database, "SELECT 1") == 1


def test_killed_servers_come_back_with_their_data(tmp_path):
    home = Home(tmp_path)
    with local_services(home, NOTHING_SET) as urls:
        do(urls.database, "CREATE TABLE kept AS SELECT 42 AS answer")
        Postgres(home).kill()
        Valkey(home).kill()
        with pytest.raises(psycopg.OperationalError):
            one(urls.database, "SELECT 1")

        Postgres(home).start()
        Valkey(home).start()

        assert one(urls.database, "SELECT answer FROM kept") == 42
        assert settings_of(urls.redis, "bind") == {"bind": "127.0.0.1"}


def test_a_stale_pid_file_that_names_a_stranger_is_ignored(home):
    with local_services(home, NOTHING_SET):
        pid_file = home.path / "postgres" / "data" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        Postgres(home).kill()
        Valkey(home).kill()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    (home.path / "valkey" / "valkey.pid").write_text(str(os.getpid()))

    with local_services(home, NOTHING_SET) as urls:
        assert one(urls.database, "SELECT 1") == 1
    assert psutil.pid_exists(os.getpid())


def test_a_taken_port_is_replaced(home):
    home.remember_port("valkey", (port := free_port()))
    squatter = subprocess.Popen(
        [sys.executable, "-c", f"import socket,time;s=socket.create_server(('127.0.0.1',{port}));time.sleep(60)"]
    )
    try:
        while is_free(port):
            time.sleep(0.02)
        with local_services(home, NOTHING_SET) as urls:
            assert not urls.redis.endswith(f":{port}/0")
            assert settings_of(urls.redis, "bind") == {"bind": "127.0.0.1"}
    finally:
        squatter.kill()
        squatter.wait()


def test_ports_are_remembered(home):
    with local_services(home, NOTHING_SET) as first:
        pass
    with local_services(home, NOTHING_SET) as second:
        assert second == first


def test_named_servers_replace_the_embedded_ones(tmp_path):
    named = {"DATABASE_URL": "postgres://elsewhere/x", "REDIS_URL": "redis://elsewhere/1"}

    with local_services(Home(tmp_path), named) as urls:
        assert urls.as_environment() == named

    assert not (tmp_path / "postgres").exists()
    assert not (tmp_path / "valkey").exists()


def test_two_folders_run_side_by_side(home, tmp_path):
    with local_services(home, NOTHING_SET) as mine, local_services(Home(tmp_path, test=True), NOTHING_SET) as other:
        do(mine.database, "CREATE TABLE only_here (n int)")

        assert {mine.database, mine.redis}.isdisjoint({other.database, other.redis})
        assert one(other.database, "SELECT to_regclass('only_here')") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account to become")
def test_root_may_keep_the_data_in_a_private_folder(tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)

    with local_services(Home(private / "home", test=True), NOTHING_SET) as urls:
        assert one(urls.database, "SELECT 1") == 1
        server = Postgres(Home(private / "home", test=True)).pid()
        assert psutil.Process(server).uids().effective != 0

    assert private.stat().st_mode & 0o777 == 0o700


def test_reaching_needs_every_folder_above(tmp_path):
    inner = tmp_path / "open" / "inner"
    inner.mkdir(parents=True)
    tmp_path.chmod(0o700)
    nobody = 65_533

    assert not can_reach(inner, nobody, nobody)
    assert can_reach(inner, tmp_path.stat().st_uid, tmp_path.stat().st_gid)


def test_run_passes_the_environment_and_the_exit_code(home):
    base = home.path.parent / "cli"
    check = "import os,sys; sys.exit(7 if os.environ['DATABASE_URL'].endswith('/baton') and os.environ['BATON_ENV']=='test' else 1)"

    done = subprocess.run(
        [sys.executable, "-m", "oms.local", "run", "--test", "--", sys.executable, "-c", check],
        env=bare_environment(base),
        check=False,
    )

    assert done.returncode == 7
    assert [server.pid for server in services.status(Home(base / "test", test=True))] == [None, None]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_command_and_the_servers(home, how):
    base = home.path.parent / "cli"
    sleeper = "import time; print('up', flush=True); time.sleep(60)"
    command = [sys.executable, "-m", "oms.local", "run", "--test", "--", sys.executable, "-c", sleeper]
    runner = subprocess.Popen(command, env=bare_environment(base), stdout=subprocess.PIPE, start_new_session=True)
    assert runner.stdout is not None
    assert runner.stdout.readline() == b"up\n"
    child = psutil.Process(runner.pid).children()[0]

    if how == signal.SIGINT:  # a terminal sends it to the whole group
        os.killpg(runner.pid, how)
    else:
        runner.send_signal(how)
    runner.communicate(timeout=30)

    assert not child.is_running()
    assert [server.pid for server in services.status(Home(base / "test", test=True))] == [None, None]


def test_up_keeps_the_servers_until_down(home):
    base = home.path.parent / "cli"
    call = [sys.executable, "-m", "oms.local"]
    environment = bare_environment(base)

    subprocess.run([*call, "up", "--test"], env=environment, check=True, capture_output=True)
    subprocess.run([*call, "run", "--test", "--", "true"], env=environment, check=True)
    kept = subprocess.run([*call, "status", "--test"], env=environment, check=False, capture_output=True).returncode
    subprocess.run([*call, "down", "--test"], env=environment, check=True)
    stopped = subprocess.run([*call, "status", "--test"], env=environment, check=False, capture_output=True).returncode

    assert (kept, stopped) == (0, 3)


def test_a_killed_user_leaves_no_lease(tmp_path):
    path = tmp_path / "lease"
    code = f"import time; from pathlib import Path; from oms.local.lease import Lease; l = Lease(Path({str(path)!r})); l.take(); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as user:
        assert user.stdout is not None
        user.stdout.readline()
        assert in_use(path)

        user.kill()

    assert not in_use(path)
    mine = Lease(path)
    mine.take()
    assert mine.give_back()


def test_secrets_are_made_once_and_private(tmp_path):
    home = Home(tmp_path)

    first = load_environment(home)

    assert load_environment(home) == first
    assert (tmp_path / "env.json").stat().st_mode & 0o777 == 0o600
    assert load_environment(Home(tmp_path / "other"))["SECRET_KEY"] != first["SECRET_KEY"]


def test_what_the_person_sets_wins_and_empty_counts_as_unset():
    merged = merge({"SECRET_KEY": "mine", "DEBUG": "", "PATH": "/bin"}, {"SECRET_KEY": "made", "DEBUG": "false"})

    assert merged == {"SECRET_KEY": "mine", "DEBUG": "false", "PATH": "/bin"}
