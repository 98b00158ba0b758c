"""Files become an `Issue` or `Settings`, with the line and column of everything."""
