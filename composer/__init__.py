"""Newsletter as code: compose an issue, check it, preview it and deliver it."""
