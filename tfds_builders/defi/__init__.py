"""DeFi by its paper's protocol: merged sources, agreed labels, balanced classes, masked twins."""
