"""Mail that comes back: bounces, complaints, and readers who write to be taken off."""

from composer.events.mail.sorting import Boxes, Sort, Sorted, sort_message

__all__ = ["Boxes", "Sort", "Sorted", "sort_message"]
