"""Old issues in other forms become issue.md, with nothing lost."""
