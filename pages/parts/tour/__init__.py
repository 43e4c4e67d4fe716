"""The tour of the first visit: five cards on the Trade-off screen, each done by doing."""
