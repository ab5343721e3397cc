from tools.lint.kind_exists import check

DECLARED = 'ACCEPTED = declare("order.accepted", "An order came in.")'


def test_an_unknown_kind_is_found(breaches):
    files = {"oms/orders/events.py": DECLARED, "channels/subscribers.py": '@subscribe("order.acepted")\ndef f(): ...'}

    assert breaches(check, files=files) == ["channels/subscribers.py:1"]


def test_a_declared_kind_and_a_constant_are_not(breaches):
    code = '@registry.subscribe("order.accepted", ACCEPTED, name="x")\ndef f(): ...'

    assert breaches(check, files={"oms/orders/events.py": DECLARED, "channels/subscribers.py": code}) == []


def test_a_kind_declared_twice_is_found(breaches):
    assert breaches(check, files={"a/events.py": DECLARED, "b/events.py": DECLARED}) == ["b/events.py:1"]
