"""Replay of a retailer's invoices through a simulated shop: the whole product on real sales."""
