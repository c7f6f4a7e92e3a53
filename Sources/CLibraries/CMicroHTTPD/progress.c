#include "shim.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* Copied from the kernel's enum, which only <netinet/tcp.h> declares for programs. */
enum { TCP_ESTABLISHED = 1 };

bool cmhd_tcp_progress(int socket, struct cmhd_progress *progress) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        size < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received)
        return false;
    progress->received = info.tcpi_bytes_received;
    progress->acknowledged = info.tcpi_bytes_acked;
    progress->is_established = info.tcpi_state == TCP_ESTABLISHED;
    return true;
}
