"""The questions of the quiz, in the order in which they are asked.

tests/test_quiz.py recomputes every number in the answers and reasons, decides every right answer anew, and opens every link.
"""

from pages.parts.quiz.on_the_bound import BOUND
from pages.parts.quiz.on_the_lesson import LESSON
from pages.parts.quiz.on_the_loss import LOSS
from pages.parts.quiz.question import with_unique_keys

PARTS = (("Three questions to begin with", LESSON), ("From the formula to the code", LOSS), ("The bound", BOUND))
"""Each part with its title."""

QUESTIONS = with_unique_keys(question for _, part in PARTS for question in part)
