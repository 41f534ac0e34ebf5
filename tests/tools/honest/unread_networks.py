"""Objects of libraries around torch that the table of listed classes was not made from."""
