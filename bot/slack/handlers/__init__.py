"""What each delivery is answered with, and how that is done in time."""
