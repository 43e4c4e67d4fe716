"""The task of a class, shown above every screen."""

from html import escape

import streamlit as st

from pages.parts.state.classroom import ClassSettings
from pages.parts.web.messages import link_warning


def show_task(settings: ClassSettings) -> None:
    """Show the task, and warn of what in the teacher's part of the link cannot be used."""
    hidden, task = ("" if settings.task else " hidden"), escape(settings.task)
    # It is there without a task as well, so that the space that it takes is measured when one comes.
    st.html(f'<p class="class-task" role="note"{hidden}><b>Task</b> {task}</p>')
    if settings.invalid:
        link_warning(parameter.warning for parameter in settings.invalid)
