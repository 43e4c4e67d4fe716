"""What the screens share towards the browser: styles, messages, numbers as text, and the mounting of elements."""
