"""python-socketio with its engine and client manager replaced: no task, no queue and no timer per connection."""
