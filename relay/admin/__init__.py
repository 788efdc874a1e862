"""What an admin sees and does about the relay itself: figures, health, backups, alerts."""
