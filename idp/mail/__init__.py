"""Mail: rendered, sealed in a durable outbox, sent until it is gone or known dead."""
