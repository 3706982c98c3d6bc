"""What members do in conversations: take over and give back, write, sort, block. A file each."""
