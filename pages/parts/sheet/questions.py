"""What the server asks the processes that compute, for a sheet: modules that load torch, in functions alone."""

from collections.abc import Collection
from dataclasses import dataclass

from pages.parts.compute.workers import in_process
from pages.parts.state.state import State


@dataclass(frozen=True)
class Content:
    """What a sheet holds."""

    top: str  # HTML: task, state, numbers, pictures
    chart: str  # of Plotly, as JSON; nothing where it is left out
    code: str  # Python that prints the numbers; nothing where they are left out


@in_process
def content(state: State, task: str, left_out: Collection[str]) -> Content:
    """What the sheet of a state holds.

    Args:
        state: what the link says.
        task: what is asked.
        left_out: the names of what a teacher has hidden.
    """
    from pages.parts.sheet import content

    return content.content(state, task, left_out)
