#define _GNU_SOURCE
#include "shim.h"

#include <pthread.h>

void cmhd_name_thread(unsigned long thread, const char *name) { pthread_setname_np(thread, name); }
