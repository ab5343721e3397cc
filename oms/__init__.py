"""Baton: the Django project, and the rooms on which every other room stands."""
