"""The audit report: whom does this model serve badly? One content, as page, JSON and Markdown."""
