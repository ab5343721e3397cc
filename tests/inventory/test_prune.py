"""Retention of the ledger: what may go, through which door alone, and that everything after the floor stays as it was."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inventory.enums import Clock, GroupBy
from inventory.errors import LedgerDiffers, NotKept, NotPrunable
from inventory.models import SpentKey, StockBalance, StockLevel, StockMovement, StockPeriod
from inventory.queries import as_of, shrinkage, stock_ages, stock_as_of, stock_turnover, stock_value
from inventory.rules.periods import day_end, month_end
from inventory.services import (
    apply_deltas,
    assemble,
    move_stock,
    open_costs,
    prove_pruning,
    prune,
    prune_movements,
    release,
    reserve,
    thin_balances,
)
from inventory.services.balances import build_balances
from inventory.types import Ask, Delta, Move
from oms.tenancy.context import tenant_scope
from oms.tenancy.enums import Role
from oms.tenancy.middleware import SESSION_KEY
from oms.tenancy.models import AuditEntry
from oms.tenancy.permissions import permissions_of
from oms.tenancy.services import create_api_key
from oms.tenancy.types import SYSTEM
from tests.factories import make_kit, make_location, make_sku, make_stock
from tests.matrix import make_owner
from tests.support import as_owner, broken

NOW = timezone.now()
TODAY = day_end(NOW)
FLOOR = month_end(TODAY - timedelta(days=430))
LATER = month_end(FLOOR + timedelta(days=32))
OLD, YOUNG = FLOOR - timedelta(days=75), TODAY - timedelta(days=3)
INSTANTS = [FLOOR, FLOOR + timedelta(hours=9), FLOOR + timedelta(days=200), YOUNG, TODAY + timedelta(days=1)]
BUCKETS = ("ON_HAND", "QUARANTINED", "DAMAGED")


def fill(tenant, seed: int) -> None:
    """Four levels that began to move long before the floor: by receipts and sales with keys, a kit, a reservation, counts."""
    with tenant_scope(tenant.pk):
        place = make_location("RENNES")
        levels = [make_stock(make_sku(f"MUG-{number}", cost=Decimal(4)), place, 50, now=NOW) for number in range(3)]
        kit = make_kit("SET", (levels[0].sku, 2), kind="PREPACKED")
        move_stock(moves=[Move("MUG-0", "RENNES", 5, "RECEIPT", key="receipt-1", unit_cost=Decimal(6))], now=NOW)
        assemble(sku_id=kit.pk, location_id=place.pk, quantity=1, now=NOW, key="kit-1")
        holder = uuid4()
        reserve(asks=[Ask(holder, levels[1].sku_id, place.pk, 2, 1)])
        release(holder_ids=[holder], now=NOW)
        apply_deltas(deltas=[Delta(level.pk, bucket, 40, "COUNT") for level in levels[:2] for bucket in BUCKETS])
        rng = random.Random(seed)
        for _turn in range(6):
            places = [(rng.choice(levels[:2]).pk, rng.choice(BUCKETS)) for _move in range(10)]
            apply_deltas(deltas=[Delta(*place, rng.choice((-1, 1, 2)), "COUNT") for place in places])
        move_stock(moves=[Move("MUG-0", "RENNES", -1, "STORE_SALE", key="till-9")], now=NOW)
        open_costs()
    grow_old(tenant)
    with tenant_scope(tenant.pk):
        after = None
        for at in [*month_ends(OLD, TODAY), TODAY]:
            build_balances(after=after, upto=at)
            StockPeriod.objects.create(at=at, mark=0, built_at=at)
            after = at


def month_ends(begin, end):
    at = month_end(begin + timedelta(days=31))
    while at < end:
        yield at
        at = month_end(at + timedelta(days=31))


def grow_old(tenant) -> None:
    """Spread the movements evenly over the time from OLD to YOUNG, in their order."""
    with as_owner() as owner:
        owner.execute(
            "UPDATE inventory_stockmovement m SET recorded_at = %(old)s + t.share * (%(young)s - %(old)s),"
            " occurred_at = %(old)s + t.share * (%(young)s - %(old)s) - m.version %% 40 * interval '1 hour'"
            " FROM (SELECT id, (row_number() OVER (ORDER BY recorded_at, version) - 1.0) / (count(*) OVER () - 1) AS share"
            "       FROM inventory_stockmovement WHERE tenant_id = %(tenant)s) t WHERE m.tenant_id = %(tenant)s AND m.id = t.id",
            {"old": OLD, "young": YOUNG, "tenant": tenant.pk},
        )


@pytest.fixture
def old(shared, tenants):
    for seed, tenant in enumerate(tenants):
        fill(tenant, seed)
    return shared


def quiet(_levels: int, _movements: int) -> None:
    pass


def prove(tenant, before=FLOOR, told=quiet):
    return prove_pruning(tenant_id=tenant.pk, before=before.date(), now=NOW, told=told)


def run(tenant, before=FLOOR, told=quiet) -> int:
    return prune_movements(tenant_id=tenant.pk, pruning=prove(tenant, before), actor=SYSTEM, told=told)


def below(tenant, at=FLOOR) -> int:
    with tenant_scope(tenant.pk):
        return StockMovement.objects.filter(recorded_at__lte=at).count()


def figures(tenant) -> list[object]:
    """Everything that is told of the time since the floor."""
    found: list[object] = []
    with tenant_scope(tenant.pk):
        for clock in Clock:
            for at in INSTANTS:
                found += [stock_as_of(at, clock=clock), stock_value(at, by=GroupBy.SKU, clock=clock)]
            found.append(stock_ages(NOW, by=GroupBy.SKU, clock=clock))
            found.append(stock_turnover(FLOOR, NOW, by=GroupBy.SKU, clock=clock))
        found.append(shrinkage(since=FLOOR, until=NOW))
    return found


def test_everything_since_the_floor_stays_as_it_was(old, tenants):
    assert broken() == []
    before, rivals, old_movements = figures(old), figures(tenants[1]), below(old)
    kept = below(tenants[1], TODAY)

    gone = run(old)

    assert gone == old_movements > 10
    assert below(old) == 0
    assert figures(old) == before
    assert (below(tenants[1], TODAY), figures(tenants[1])) == (kept, rivals)
    assert broken() == []
    with tenant_scope(old.pk):
        entries = AuditEntry.objects.filter(object_type="ledger").order_by("pk")
        assert [(row.action, row.data["movements"]) for row in entries] == [
            ("ledger.sealed", gone),
            ("ledger.pruned", gone),
        ]
        assert StockPeriod.objects.get(floor=True).at == FLOOR


def test_the_past_before_the_floor_is_refused_in_words(old):
    run(old)

    early = FLOOR - timedelta(microseconds=1)
    since = f"from {FLOOR:%Y-%m-%d} on"
    with tenant_scope(old.pk):
        for ask in (
            lambda: stock_as_of(early),
            lambda: stock_value(early, by=GroupBy.SKU),
            lambda: stock_turnover(early, NOW, by=GroupBy.SKU),
            lambda: shrinkage(since=early, until=NOW),
        ):
            with pytest.raises(NotKept, match=since):
                ask()
        with pytest.raises(NotKept, match=f"known from {FLOOR + timedelta(days=365):%Y-%m-%d} on"):
            stock_ages(FLOOR + timedelta(days=364), by=GroupBy.SKU)
        assert stock_ages(FLOOR + timedelta(days=365), by=GroupBy.SKU)


def test_a_floor_that_is_sealed_while_the_past_is_read_is_noticed(old, monkeypatch):
    read = as_of.select

    def read_and_prune(statement, parameters):
        found = read(statement, parameters)
        if "stock_then" in statement:
            StockPeriod.objects.filter(at=FLOOR).update(floor=True)
        return found

    monkeypatch.setattr(as_of, "select", read_and_prune)
    with tenant_scope(old.pk), pytest.raises(NotKept):
        stock_as_of(FLOOR - timedelta(days=1))


def test_without_being_told_to_it_changes_nothing(old):
    before = below(old, TODAY)
    told = StringIO()

    call_command("prune_movements", old.slug, "--before", f"{FLOOR + timedelta(days=20):%Y-%m-%d}", stdout=told)

    assert (
        f"Up to {FLOOR:%Y-%m-%d}, 00:00 UTC: 4 levels proved, {below(old)} movements to remove, 2 keys to keep."
        in told.getvalue()
    )
    assert "Nothing was changed" in told.getvalue()
    with tenant_scope(old.pk):
        assert not StockPeriod.objects.filter(floor=True).exists()
    assert below(old, TODAY) == before


def test_the_command_removes_what_it_said(old):
    told, expected = StringIO(), below(old)

    call_command("prune_movements", old.slug, "--before", f"{FLOOR:%Y-%m-%d}", "--execute", stdout=told)

    assert f"{expected} movements removed. The past is known from {FLOOR:%Y-%m-%d} on." in told.getvalue()
    assert below(old) == 0


@pytest.mark.parametrize(
    ("slug", "before", "words"),
    [
        ("nobody", FLOOR, "no tenant nobody"),
        ("keravel", TODAY, "The last 365 days are needed to say how old stock is: choose a day up to"),
        ("keravel", OLD - timedelta(days=40), "No balances are kept for"),
    ],
)
def test_the_command_says_why_it_cannot(old, slug, before, words):
    with pytest.raises(CommandError, match=words):
        call_command("prune_movements", slug, "--before", f"{before:%Y-%m-%d}", "--execute")

    assert below(old) > 0


def test_without_balances_nothing_is_removed(shared):
    with pytest.raises(NotPrunable, match="No balances are kept yet"):
        prove(shared)


def test_a_floor_only_rises(old):
    run(old)

    with pytest.raises(NotPrunable, match=f"kept from {FLOOR:%Y-%m-%d} on already"):
        prove(old, FLOOR - timedelta(days=31))
    left = below(old, LATER)
    assert run(old, LATER) == left > 0
    assert run(old, LATER) == 0
    assert broken() == []


def test_a_run_that_was_killed_goes_on(old, monkeypatch):
    monkeypatch.setattr(prune, "USUAL", 1)
    monkeypatch.setattr(prune, "MOST", 1)
    before, total = figures(old), below(old)

    def killed(levels: int, _movements: int) -> None:
        if levels == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(old, told=killed)

    left = below(old)
    assert 0 < left < total
    assert broken() == []
    assert figures(old) == before
    assert run(old) == left
    assert figures(old) == before
    assert broken() == []


def test_a_floor_above_an_unfinished_one_finishes_both(old, monkeypatch):
    monkeypatch.setattr(prune, "USUAL", 1)
    monkeypatch.setattr(prune, "MOST", 1)

    def killed(_levels: int, _movements: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(old, told=killed)
    left = below(old, LATER)

    assert run(old, LATER) == left
    assert broken() == []


WRONG = "UPDATE inventory_stockbalance SET on_hand = on_hand + 1 WHERE tenant_id = %s AND at = %s"


def test_a_balance_that_is_wrong_keeps_everything(old):
    with as_owner() as owner:
        assert owner.execute(WRONG, [old.pk, FLOOR]).rowcount
    before = below(old)

    with pytest.raises(LedgerDiffers, match="not what the ledger says"):
        run(old)

    assert below(old) == before
    with tenant_scope(old.pk):
        assert not StockPeriod.objects.filter(floor=True).exists()


def test_the_door_proves_each_level_once_more(old):
    proved = prove(old)
    with as_owner() as owner:
        owner.execute("ALTER TABLE inventory_stockbalance DISABLE TRIGGER stockbalance_floor")
        wrong = owner.execute(WRONG + " RETURNING level_id", [old.pk, FLOOR]).fetchall()
        owner.execute("ALTER TABLE inventory_stockbalance ENABLE TRIGGER stockbalance_floor")
    with tenant_scope(old.pk):
        theirs = StockMovement.objects.filter(
            level_id__in=[level for (level,) in wrong], recorded_at__lte=FLOOR
        ).count()

    with pytest.raises(LedgerDiffers):
        prune_movements(tenant_id=old.pk, pruning=proved, actor=SYSTEM, told=quiet)

    assert 0 < theirs < proved.movements
    assert below(old) == theirs


def test_nobody_else_removes_or_changes_a_movement(old):
    def ask(alias: str, statement: str, *parameters: object) -> None:
        with tenant_scope(old.pk, using=alias), connections[alias].cursor() as cursor:
            cursor.execute(statement, parameters)

    before = below(old, TODAY)
    for alias in ("default", "platform"):
        for statement in (
            "DELETE FROM inventory_stockmovement",
            "UPDATE inventory_stockmovement SET quantity = 0",
            "TRUNCATE inventory_stockmovement",
            "INSERT INTO inventory_spentkey (tenant_id, id) SELECT tenant_id, id FROM inventory_stocklevel",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"):
                ask(alias, statement)
    door = "SELECT inventory_prune_levels(array(SELECT id FROM inventory_stocklevel))"
    with pytest.raises(ProgrammingError, match="no floor is sealed"):
        ask("platform", door)
    run(old)
    with pytest.raises(ProgrammingError, match="permission denied"):
        ask("default", door)

    # Sealed, and asked for every level there is: what lies above the floor stays, and so does all of a tenant without one.
    after = below(old, TODAY)
    ask("platform", door)

    assert below(old, TODAY) == after > 0
    assert after < before


def test_the_door_opens_only_for_the_tenant_that_is_set(old, tenants):
    with tenant_scope(old.pk):
        StockPeriod.objects.filter(at=FLOOR).update(floor=True)
    theirs = below(tenants[1], TODAY)

    with tenant_scope(old.pk, using="platform"), connections["platform"].cursor() as cursor:
        cursor.execute(
            "SELECT (inventory_prune_levels(array_agg(id))).pruned FROM inventory_stocklevel WHERE tenant_id = %s",
            [tenants[1].pk],
        )
        assert cursor.fetchone() == (0,)

    assert below(tenants[1], TODAY) == theirs


def test_what_stands_for_removed_movements_is_never_changed(old):
    run(old)

    with tenant_scope(old.pk):
        for act in (
            lambda: StockBalance.objects.filter(at=FLOOR).update(on_hand=0),
            lambda: StockBalance.objects.filter(at__lt=FLOOR).delete(),
            lambda: StockPeriod.objects.filter(floor=True).update(floor=False),
            lambda: StockPeriod.objects.filter(at=FLOOR).delete(),
        ):
            with pytest.raises(IntegrityError, match="below the floor"), transaction.atomic():
                act()
        assert thin_balances() == 0
    assert broken() == []


def test_the_key_of_a_removed_movement_stays_spent(old):
    run(old)

    with tenant_scope(old.pk):
        mug, kit = (StockLevel.objects.get(sku__code=code) for code in ("MUG-0", "SET"))
        assert not StockMovement.objects.filter(key__in=["receipt-1", "kit-1"]).exists()
        assert SpentKey.objects.count() == 2
        again = [
            Move("MUG-0", "RENNES", 5, "RECEIPT", key="receipt-1"),
            Move("MUG-0", "RENNES", -1, "STORE_SALE", key="till-9"),
        ]
        assert move_stock(moves=again, now=NOW) == 0
        assert assemble(sku_id=kit.sku_id, location_id=kit.location_id, quantity=1, now=NOW, key="kit-1") is False
        assert move_stock(moves=[Move("MUG-0", "RENNES", 1, "RECEIPT", key="receipt-2")], now=NOW) == 1
        assert StockLevel.objects.get(pk=mug.pk).on_hand == mug.on_hand + 1
        assert StockLevel.objects.get(pk=kit.pk).on_hand == kit.on_hand
    assert broken() == []


@pytest.fixture
def client(old) -> Client:
    run(old)
    client = Client()
    client.force_login(make_owner(old))
    session = client.session
    session[SESSION_KEY] = str(old.pk)
    session.save()
    return client


def test_pages_and_api_say_from_when_the_ledger_is_kept(old, client):
    early, words = FLOOR - timedelta(days=2), f"The ledger is kept from {FLOOR:%Y-%m-%d} on"

    for page in (
        f"/stock/valuation/?at={early:%Y-%m-%d}",
        f"/stock/valuation/?report=turnover&by=sku&begin={early:%Y-%m-%d}",
        f"/stock/valuation/?report=ageing&by=sku&at={FLOOR + timedelta(days=30):%Y-%m-%d}",
        f"/counts/shrinkage/?first={early:%Y-%m-%d}&last={TODAY:%Y-%m-%d}",
    ):
        refused = client.get(page)
        assert (refused.status_code, words in refused.content.decode()) == (422, True), page
    with tenant_scope(old.pk):
        _key, secret = create_api_key(name="erp", scopes=sorted(permissions_of(Role.INTEGRATOR)), actor=SYSTEM)
    refused = client.get(
        "/api/v1/stock/as-of", {"sku": "MUG-0", "at": early.isoformat()}, headers={"Authorization": f"Bearer {secret}"}
    )
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["data"]["since"]) == (
        422,
        "inventory.not_kept",
        FLOOR.isoformat(),
    )
    assert words in problem["detail"]


def test_the_page_of_a_sku_begins_with_what_was_before(client):
    page = client.get(reverse("inventory:sku", args=["MUG-0"])).content.decode()

    assert "Earlier movements" in page
    assert "equal to the sum" in page
