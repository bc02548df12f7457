"""The dashboard: Streamlit pages over the published marts. Start it with `make app`."""
