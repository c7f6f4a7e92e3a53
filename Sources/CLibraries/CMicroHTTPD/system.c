#define _GNU_SOURCE
#include "shim.h"

#include <pthread.h>
#include <sys/socket.h>

void cmhd_shut(int socket) { shutdown(socket, SHUT_RDWR); }

void cmhd_name_thread(unsigned long thread, const char *name) { pthread_setname_np(thread, name); }
