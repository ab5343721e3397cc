"""Writes of the room, one verb each."""

from inventory.services.balances import keep_balances, thin_balances
from inventory.services.basket import lose_baskets, release_basket, reserve_basket, reserve_baskets
from inventory.services.buffers import (
    ask_sweep,
    check_buffer_rule,
    create_buffer_rule,
    delete_buffer_rule,
    follow_changes,
    set_own_buffers,
    sweep_buffers,
    update_buffer_rule,
)
from inventory.services.catalogue import (
    create_sku,
    save_location,
    save_skus,
    update_location,
    update_sku,
)
from inventory.services.changed import stock_short
from inventory.services.confidence import learn, learn_from_counts
from inventory.services.costs import open_costs, revalue
from inventory.services.counts import (
    ask_recount,
    cancel_count,
    create_count,
    finish_counting,
    post_count,
    record_count,
)
from inventory.services.expire import expire_reservations
from inventory.services.fence import fence_stock
from inventory.services.inbound import (
    announce_shipment,
    cancel_purchase_order,
    close_purchase_order,
    confirm_purchase_order,
    create_purchase_order,
    receive_purchase_order,
    reschedule_purchase_order,
)
from inventory.services.kits import assemble, disassemble, save_kit
from inventory.services.ledger import apply_deltas
from inventory.services.levels import move_stock, set_levels
from inventory.services.micro import create_micro_count
from inventory.services.promise import give_up_supply, lock_supply, promise_supply
from inventory.services.prune import prove_pruning, prune_movements
from inventory.services.refuse import write_off
from inventory.services.reserve import reserve
from inventory.services.settle import confirm, consume, lock_levels, release, split_reservations
from inventory.services.transfers import (
    accept_proposals,
    cancel_transfer,
    create_transfer,
    dispatch_transfer,
    lock_transfers,
    receive_transfer,
    request_transfer,
    settle_transfer,
    shorten_transfers,
)
from inventory.services.views import reckon_horizons, save_view, with_terms

__all__ = [
    "accept_proposals",
    "announce_shipment",
    "apply_deltas",
    "ask_recount",
    "ask_sweep",
    "assemble",
    "cancel_count",
    "cancel_purchase_order",
    "cancel_transfer",
    "check_buffer_rule",
    "close_purchase_order",
    "confirm",
    "confirm_purchase_order",
    "consume",
    "create_buffer_rule",
    "create_count",
    "create_micro_count",
    "create_purchase_order",
    "create_sku",
    "create_transfer",
    "delete_buffer_rule",
    "disassemble",
    "dispatch_transfer",
    "expire_reservations",
    "fence_stock",
    "finish_counting",
    "follow_changes",
    "give_up_supply",
    "keep_balances",
    "learn",
    "learn_from_counts",
    "lock_levels",
    "lock_supply",
    "lock_transfers",
    "lose_baskets",
    "move_stock",
    "open_costs",
    "post_count",
    "promise_supply",
    "prove_pruning",
    "prune_movements",
    "receive_purchase_order",
    "receive_transfer",
    "reckon_horizons",
    "record_count",
    "release",
    "release_basket",
    "request_transfer",
    "reschedule_purchase_order",
    "reserve",
    "reserve_basket",
    "reserve_baskets",
    "revalue",
    "save_kit",
    "save_location",
    "save_skus",
    "save_view",
    "set_levels",
    "set_own_buffers",
    "settle_transfer",
    "shorten_transfers",
    "split_reservations",
    "stock_short",
    "sweep_buffers",
    "thin_balances",
    "update_buffer_rule",
    "update_location",
    "update_sku",
    "with_terms",
    "write_off",
]
