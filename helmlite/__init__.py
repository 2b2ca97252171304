"""A package manager for Kubernetes: Jinja2 charts, Helm's own release records."""
