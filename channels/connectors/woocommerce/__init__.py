"""WooCommerce by its REST API v3: orders, stock, shipments, cancellations, refunds, webhooks."""
