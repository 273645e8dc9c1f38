/* A comma is missing. */
int broken(int first int second);
