"""A class in one room: screens that follow the presenter's, and questions that are answered on the chart."""
