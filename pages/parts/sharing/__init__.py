"""What a class needs: the link to hand on, with its picture, and what a teacher puts into it."""
