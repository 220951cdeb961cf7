"""Another dataset as a network sees it that looks at the situation too."""
