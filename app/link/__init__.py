"""The line to the relay: pairing, credentials, commands in, outcomes out, documents. asyncio, no Qt."""
