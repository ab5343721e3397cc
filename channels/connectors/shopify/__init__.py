"""Shopify by its Admin GraphQL API 2026-10: orders, stock, shipments, cancellations, refunds, webhooks."""
