"""Plotly figures: pure functions from records to `go.Figure`, one figure per module, every colour by meaning."""
