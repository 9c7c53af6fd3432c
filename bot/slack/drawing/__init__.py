"""What people see: blocks, cards, views and words. Values in, Block Kit out; pure."""
