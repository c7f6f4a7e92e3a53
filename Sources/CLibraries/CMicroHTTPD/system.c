#define _GNU_SOURCE
#include "shim.h"

#include <malloc.h>
#include <pthread.h>

void cmhd_name_thread(unsigned long thread, const char *name) { pthread_setname_np(thread, name); }

void cmhd_return_blocks_from(int size) { mallopt(M_MMAP_THRESHOLD, size); }
