"""What a picture of a screen may be: the relay takes nothing larger, and a bench sends nothing larger."""

LARGEST_BYTES = 4 * 1024 * 1024
LONGEST_SIDE = 3840
MEDIA_TYPES = ("image/png", "image/jpeg")
