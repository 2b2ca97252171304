"""What was deployed: revisions, releases, and Helm's stored form of them. Nothing here talks to a cluster."""
