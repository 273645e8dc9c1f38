#include "server/server_main.h"

int main(int argc, char** argv) { return ava::server::server_main(argc, argv); }
