"""Web pages of reports: one file each, that opens from disk, without network."""
