"""Sound files: played and recorded block by block, with all disk work in a thread of their own."""
