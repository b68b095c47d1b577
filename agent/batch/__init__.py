"""Batches: many questions about many pictures and videos, answered durably; see docs/batch.md."""
