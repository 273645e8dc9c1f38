// Marks what a shared object offers; everything else is hidden.
#pragma once

#define AVA_EXPORT __attribute__((visibility("default")))
