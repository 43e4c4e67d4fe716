"""Quiz: questions with a reason for every answer, the screen that shows why, and the count of first answers by topic."""

import streamlit as st

from pages.parts.quiz.element import ask_all, result, score
from pages.parts.quiz.sequence import PARTS, QUESTIONS

st.title("Quiz")
score([question.key for question in QUESTIONS], "quiz/")
asked, counted = st.columns([5, 3], gap="large")
with asked:
    for part in PARTS:
        st.subheader(part.title)
        ask_all(part.questions, first=QUESTIONS.index(part.questions[0]) + 1)
with counted:
    result(PARTS)
