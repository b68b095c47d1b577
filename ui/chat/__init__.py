"""The chat: a page on which people talk about pictures and videos, point at them, and watch the work.

`server` serves it, `page` lays it out with Gradio, `guard` decides which requests come through. Nothing here needs
Gradio to be imported.
"""
