"""Judging how well questions about pictures are answered: data sets in, figures out."""
