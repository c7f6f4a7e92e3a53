/* first_reply PORT PATH PROGRAM [ARGUMENT]...: starts a server, asks it for PATH until it answers 200, prints the
   milliseconds from its start to the first byte of that answer, and stops it with SIGTERM. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static int answers(int port, const char *path) {
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    char text[2048] = "";
    if (connect(connection, (struct sockaddr *)&address, sizeof address) == 0) {
        int size = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
        if (send(connection, text, (size_t)size, MSG_NOSIGNAL) == size) {
            ssize_t count = recv(connection, text, sizeof text - 1, 0);
            text[count > 0 ? count : 0] = 0;
        }
    }
    close(connection);
    return strncmp(text, "HTTP/1.1 200", 12) == 0;
}

int main(int count, char **arguments) {
    if (count < 4) return fprintf(stderr, "usage: first_reply PORT PATH PROGRAM [ARGUMENT]...\n"), 2;
    double start = now();
    pid_t server = fork();
    if (server == 0) {
        execv(arguments[3], arguments + 3);
        perror(arguments[3]);
        _exit(127);
    }
    int port = atoi(arguments[1]), answered = 0;
    while (now() - start < 60e3 && !(answered = answers(port, arguments[2]))) usleep(200);
    double time = now() - start;
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    if (!answered) return fprintf(stderr, "first_reply: no answer within a minute\n"), 1;
    printf("%.1f\n", time);
}
