"""What connects the rooms of the app, a topic a file; `app.main` makes these parts and lets them live."""
