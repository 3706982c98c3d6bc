"""What the pages about the tenant's numbers say: pure, from facts to sentences, and the forms that connect one."""
