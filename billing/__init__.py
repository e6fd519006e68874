"""Billing: price lists, orders, payments, refunds, invoices, the ledger; adapters by name."""
