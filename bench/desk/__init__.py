"""The desk beside stock Voilà, Solara, Streamlit and Panel: how fast, how dear, how large."""
