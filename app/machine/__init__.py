"""What this machine is asked for: to start at login, to open links, to remember, to watch, to pack its log."""
