"""What must happen to a picture, a sound or a video before features are taken from it."""
