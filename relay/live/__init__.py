"""Socket manners: who is connected, what they may say, and how they are told. python-socketio stays in here."""
