"""All mitigation strategies on the same data, people and seeds."""
