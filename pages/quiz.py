"""Quiz: questions with a reason for every answer, and the screen that shows why."""

import streamlit as st

from pages.parts.quiz.element import ask_all, score
from pages.parts.quiz.sequence import PARTS, QUESTIONS

st.title("Quiz")
score([question.key for question in QUESTIONS], "quiz/")
for title, questions in PARTS:
    st.subheader(title)
    ask_all(questions, first=QUESTIONS.index(questions[0]) + 1)
