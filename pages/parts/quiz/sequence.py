"""The questions of the quiz, in the order in which they are asked.

tests/test_quiz.py recomputes every number in the answers and reasons, decides every right answer anew, and opens every link.
"""

from pages.parts.quiz.on_the_bound import BOUND, MEANING
from pages.parts.quiz.on_the_lesson import LESSON
from pages.parts.quiz.on_the_loss import LOSS
from pages.parts.quiz.question import Part, with_unique_keys

PARTS = (
    Part(
        "What the bound means",
        MEANING,
        "/derivation?step=3",
        "Read again: q and the bound, steps 3 and 4; the two gaps, step 8",
    ),
    Part("The derivation", LESSON, "/derivation?step=4", "Read again: Jensen to the loss, steps 4 to 7"),
    Part("From the formula to the code", LOSS, "/loss", "Look again: Your loss"),
    Part("More on the bound", BOUND, "/derivation?step=1", "Read again: KL, log p(x) and the bound, steps 1 to 4"),
)

QUESTIONS = with_unique_keys(question for part in PARTS for question in part.questions)
