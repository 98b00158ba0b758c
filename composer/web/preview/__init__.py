"""The live preview: where an editor sees the letter as each reader will."""
