"""What the mail programs of a site's readers do not support."""

from composer.checks.clients.look import ClientProblem, client_problems
from composer.checks.clients.table import table

__all__ = ["ClientProblem", "client_problems", "table"]
