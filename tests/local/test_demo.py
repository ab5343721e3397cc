"""What `make demo` starts, and how it speaks of it; the whole is driven in tests/e2e."""

import http.server
import io
import json
import threading

import pytest

from oms.local import demo
from oms.local.errors import ProcessFailed
from oms.local.home import Home, is_free
from oms.local.processes import Screen, Supervisor
from oms.local.pytest_plugin import own_redis_database
from tests.support import queues_in_use

LOADED = {
    "tenants": [
        {
            "slug": "keravel",
            "name": "Maison Keravel",
            "api_key": "baton_abc",
            "logins": {"owner": {"email": "alice@example.com", "password": "correct horse"}},
        }
    ],
    "simulators": {"woocommerce": ["--orders-per-minute", "6"]},
}


@pytest.fixture
def home(tmp_path):
    folder = Home(tmp_path)
    (tmp_path / demo.LOADED).write_text(json.dumps(LOADED))
    return folder


@pytest.fixture
def answering():
    """A web server that answers 200 to /readyz and 404 to the rest."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_args):
            """Be quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_demo_json_says_how_to_get_in(home):
    demo.publish(home, 8123)

    written = json.loads((home.path / "demo.json").read_text())
    assert written == {"url": "http://127.0.0.1:8123", "tenants": LOADED["tenants"]}
    assert (home.path / "demo.json").stat().st_mode & 0o777 == 0o600


def test_the_person_sees_address_logins_and_key(home):
    output = io.StringIO()

    demo.announce(Screen(output), demo.publish(home, 8123))

    said = output.getvalue()
    for word in ("http://127.0.0.1:8123", "alice@example.com", "correct horse", "baton_abc", "Maison Keravel"):
        assert word in said


def test_every_queue_has_a_worker():
    served = [
        option.removeprefix("--queues=")
        for spec in demo.background()
        for option in spec.command
        if option.startswith("--queues=")
    ]

    assert set(",".join(served).split(",")) == queues_in_use()


def test_simulators_keep_their_address_and_get_their_arguments(home):
    spec = demo.simulator(home, "woocommerce", ["--orders-per-minute", "6"])

    url = demo.simulator_urls(home)["woocommerce"]
    assert demo.simulator_urls(home)["woocommerce"] == url
    assert spec.command[spec.command.index("--port") + 1] == url.rpartition(":")[2]
    assert list(spec.command[-2:]) == ["--orders-per-minute", "6"]
    assert demo.addresses(home, 1)["BATON_SIMULATOR_WOOCOMMERCE_URL"] == url


def test_simulators_call_the_port_of_the_day():
    options = ["--webhook-url", "/hooks/tenant/connection/token", "--catalogue", "/data/catalogue.json"]

    told = demo.at_port(8001, options)

    assert told == ["--webhook-url", "http://127.0.0.1:8001/hooks/tenant/connection/token", *options[2:]]


def test_answers_are_told_apart(answering):
    assert demo.good_answer(f"{answering}/readyz")
    assert not demo.good_answer(f"{answering}/other")
    assert demo.any_answer(f"{answering}/other")
    assert not demo.any_answer("http://127.0.0.1:1/")


def test_waiting_has_an_end(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "READY_SECONDS", 0.3)

    with pytest.raises(ProcessFailed, match=r"http://127\.0\.0\.1:1/ did not answer within"):
        demo.wait_for(Supervisor({}, Screen(io.StringIO()), folder=tmp_path), ["http://127.0.0.1:1/"], demo.any_answer)


def test_a_taken_port_is_refused_before_anything_starts(tmp_path, answering):
    port = int(answering.rpartition(":")[2])
    assert not is_free(port)

    with pytest.raises(demo.LocalError, match=f"make demo PORT={port + 1}"):
        demo.run_demo(Home(tmp_path), port)

    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize(
    ("worker", "url"),
    [("", "redis://127.0.0.1:1/0"), ("gw0", "redis://127.0.0.1:1/1"), ("gw3", "redis://127.0.0.1:1/4")],
)
def test_workers_of_xdist_share_no_redis_database(worker, url):
    assert own_redis_database("redis://127.0.0.1:1/0", worker) == url
