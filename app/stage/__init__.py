"""What a command means at this workstation: pure Python, no Qt, no network."""
