"""The durable engine: what was accepted reaches its screen, or ends on record with the reason why not."""
