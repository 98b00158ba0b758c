"""What npm's mjml would say of a template, and more, with places in the template's own text."""

from composer.checks.mjml_source.problem import Problem
from composer.checks.mjml_source.sound import is_sound
from composer.checks.mjml_source.validate import problems, sheet_file_problems

__all__ = ["Problem", "is_sound", "problems", "sheet_file_problems"]
