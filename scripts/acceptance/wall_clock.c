// Moves the wall clock of a program, and only that clock, by the seconds that a file holds as a 64-bit integer:
//
//     cc -shared -fPIC -o wall_clock.so wall_clock.c
//     WALL_CLOCK_FILE=offset LD_PRELOAD=$PWD/wall_clock.so PROGRAM
//
// The file may change at any time. libfaketime 0.9.10 will not do here: in spite of FAKETIME_DONT_FAKE_MONOTONIC it
// shifts the absolute timers of steady clocks (timerfd_settime), by which Swift sleeps, and it changes the environment
// before Swift has read its arguments.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset_file;
// A moment of a steady clock is less: that clock would have run for thirty years.
static const time_t first_wall_seconds = 1000000000;

static int64_t offset(void) { return offset_file ? *offset_file : 0; }

__attribute__((constructor)) static void open_file(void) {
    const char *path = getenv("WALL_CLOCK_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) abort();
    void *memory = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED) abort();
    offset_file = memory;
}

int clock_gettime(clockid_t clock, struct timespec *moment) {
    int result = (int)syscall(SYS_clock_gettime, clock, moment);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) moment->tv_sec += offset();
    return result;
}

int gettimeofday(struct timeval *restrict moment, void *restrict zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    moment->tv_sec = now.tv_sec;
    moment->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

// Waits until a moment of the wall clock were made with the moved one; the kernel has the other.
int pthread_cond_timedwait(
    pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict end
) {
    static int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (!next) {
        // The oldest version has the plain name on x86-64, and another layout of conditions.
        void *found = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
        next = found ? found : dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    }
    struct timespec kernel_end = *end;
    if (end->tv_sec >= first_wall_seconds) kernel_end.tv_sec -= offset();
    return next(condition, mutex, &kernel_end);
}
