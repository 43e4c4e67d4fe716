"""The state of the screens, as the link says it: read and written without computing anything."""
