"""HTTP manners: how a request is read, who may make it, and how a refusal is told."""
