"""The chain: tree, proof, batches, signed transactions, confirmations, reorganisations."""
