"""Lines for clients that cannot hold a WebSocket: Server-Sent Events, and long polling."""
