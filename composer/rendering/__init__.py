"""An `Issue` becomes an `Edition`: pure, but for loading templates from the site."""
