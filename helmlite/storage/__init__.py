"""Where revisions live: the protocol of a store, and the store that Helm shares with us (Secrets)."""
