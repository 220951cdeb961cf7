"""Paper A, "Training Against Disguises": what disguised faces in training do for models, on any data."""
