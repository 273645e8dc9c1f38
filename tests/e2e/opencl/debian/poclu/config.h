// Of PoCL's build; poclu.h has what the tests need, but for what some forget before they include
// this.
#ifndef SRCDIR
#define SRCDIR "/usr/share/pocl-tests"
#endif
