/* A disk that forgets: what was written and not synced is gone when the process dies, as after a power cut.
 *
 * Preloaded (LD_PRELOAD) into a process, it keeps everything that is written to files below one directory in memory
 * until fsync, fdatasync or sync_file_range of that file; the process itself reads what it wrote. So a SIGKILL loses
 * what was not synced. What was being synced at that moment is written in part, block by block (4,096 bytes).
 *
 * Environment (paths are absolute; nothing is done without UNSYNCED_DIR):
 *   UNSYNCED_DIR         the directory; regular files below it are kept back, but for names that end in "-shm" or ".lock"
 *   UNSYNCED_ONLY        comma-separated beginnings of file names; other files pass through. For a whole relay say
 *                        "relay.db" here: programs that a relay starts do not see what it keeps back.
 *   UNSYNCED_PASS        "1": writes are not kept back; only the faults below apply
 *   UNSYNCED_KILL_AT     the process kills itself (SIGKILL) before its Nth operation: a write, a truncation, a sync,
 *                        each block that a sync writes, a removal or a renaming of such files
 *   UNSYNCED_TORN        a seed: at that kill, every block that is kept back reaches the file by the toss of a coin, in
 *                        halves of sectors of 512 bytes for one of them, as a disk does that writes in its own order
 *   UNSYNCED_FULL_AFTER  files may grow by that many bytes in all; then growing fails with ENOSPC. What is cut off or
 *                        removed gives room back
 *   UNSYNCED_FULL_FILE   while this file exists, growing fails with ENOSPC (overwriting does not, as on a real disk)
 *   UNSYNCED_EIO_FILE    while this file exists, a sync fails with EIO, and what it should have written counts as
 *                        written: read by this process, lost afterwards, never tried again (as Linux does it)
 *   UNSYNCED_DELAY_FILE  while this file exists, a sync takes as many milliseconds longer as the number that it holds
 *   UNSYNCED_COUNT_FILE  at exit, the number of operations is written there, to choose UNSYNCED_KILL_AT from
 *
 * Passed through: renaming, removal and the syncing of directories (they are durable at once, which is kinder than some
 * file systems), maps (SQLite maps "-shm" alone, which no recovery reads), and stdio: fopen() of such a file writes
 * out what is kept back of it. sendfile and copy_file_range answer EINVAL for it, and their callers copy by hand.
 * Needs glibc 2.33 or later. Not thought of: dup of a descriptor, io_uring, and several processes that write one file at the same time.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define BLOCK 4096
#define SECTOR 512
#define FDS 65536
#define BUCKETS 1024

struct block {
    unsigned char *bytes; /* NULL: not kept back, the file itself has it */
    int is_dirty;         /* 0 after a sync that failed: readable, and never written */
};

struct kept {
    dev_t dev;
    ino_t ino;
    off_t size;  /* as the process sees it */
    off_t valid; /* how much of the file itself still counts (a truncation cuts it) */
    struct block *blocks;
    size_t count;
    int descriptors, is_removed, own, own_writes;
    struct kept *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept *kept_files[BUCKETS], *of_descriptor[FDS];
static char directory[PATH_MAX];
static const char *only, *full_file, *eio_file, *delay_file, *count_file;
static long long kill_at, full_after = -1, grown;
static unsigned int torn;
static int passes;
static long long operations;
static pid_t owner;

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int r_open(const char *p, int f, mode_t m) { REAL(open64); return real(p, f, m); }
static int r_close(int fd) { REAL(close); return real(fd); }
static ssize_t r_pread(int fd, void *b, size_t n, off_t o) { REAL(pread64); return real(fd, b, n, o); }
static ssize_t r_pwrite(int fd, const void *b, size_t n, off_t o) { REAL(pwrite64); return real(fd, b, n, o); }
static off_t r_lseek(int fd, off_t o, int w) { REAL(lseek64); return real(fd, o, w); }
static int r_ftruncate(int fd, off_t n) { REAL(ftruncate64); return real(fd, n); }
static int r_fsync(int fd) { REAL(fsync); return real(fd); }
static int r_fstat(int fd, struct stat *s) { REAL(fstat); return real(fd, s); }
static int r_stat(const char *p, struct stat *s) { REAL(stat); return real(p, s); }

static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static void hold(void) { pthread_mutex_lock(&lock); }
static void release(void) { pthread_mutex_unlock(&lock); }
static void own(void) { pthread_mutex_unlock(&lock); owner = getpid(); }

__attribute__((constructor)) static void begin(void) {
    const char *value = setting("UNSYNCED_DIR");
    owner = getpid();
    pthread_atfork(hold, release, own);
    if (!value || !realpath(value, directory)) directory[0] = 0;
    only = setting("UNSYNCED_ONLY");
    full_file = setting("UNSYNCED_FULL_FILE");
    eio_file = setting("UNSYNCED_EIO_FILE");
    delay_file = setting("UNSYNCED_DELAY_FILE");
    count_file = setting("UNSYNCED_COUNT_FILE");
    passes = setting("UNSYNCED_PASS") != NULL;
    if ((value = setting("UNSYNCED_KILL_AT"))) kill_at = atoll(value);
    if ((value = setting("UNSYNCED_FULL_AFTER"))) full_after = atoll(value);
    if ((value = setting("UNSYNCED_TORN"))) torn = (unsigned int)atoll(value) | 1;
}

__attribute__((destructor)) static void end(void) {
    if (!count_file) return;
    char text[32];
    int length = snprintf(text, sizeof text, "%lld\n", operations);
    int fd = r_open(count_file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd >= 0) { r_pwrite(fd, text, (size_t)length, 0); r_close(fd); }
}

static int exists(const char *path) { return path && access(path, F_OK) == 0; }

/* What a disk does with what it was not asked to sync: some of it, in any order. */
static void scatter(void) {
    unsigned int seed = torn;
    int has_torn_one = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++)
        for (struct kept *file = kept_files[bucket]; file; file = file->next)
            for (size_t i = 0; i < file->count; i++) {
                struct block *block = &file->blocks[i];
                if (!block->bytes || !block->is_dirty || rand_r(&seed) % 2) continue;
                off_t offset = (off_t)i * BLOCK, length = file->size - offset;
                if (length <= 0) continue;
                if (length > BLOCK) length = BLOCK;
                if (!has_torn_one && length > SECTOR && rand_r(&seed) % 4 == 0) {
                    has_torn_one = 1;
                    length = SECTOR * (1 + rand_r(&seed) % (unsigned int)(length / SECTOR));
                }
                r_pwrite(file->own, block->bytes, (size_t)length, offset);
            }
}

/* Called with the lock held, before each operation. */
static void count_operation(void) {
    if (++operations == kill_at) {
        if (torn) scatter();
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
}

static int is_ours(const char *path) {
    size_t length = strlen(directory);
    if (!length || strncmp(path, directory, length) || path[length] != '/') return 0;
    const char *name = strrchr(path, '/') + 1;
    size_t size = strlen(name);
    if (size >= 4 && !strcmp(name + size - 4, "-shm")) return 0;
    if (size >= 5 && !strcmp(name + size - 5, ".lock")) return 0;
    if (!only) return 1;
    for (const char *at = only; *at;) {
        size_t part = strcspn(at, ",");
        if (part && !strncmp(name, at, part)) return 1;
        at += part + (at[part] == ',');
    }
    return 0;
}

static struct kept **place_of(dev_t dev, ino_t ino) {
    struct kept **at = &kept_files[(unsigned long)(ino ^ dev) % BUCKETS];
    while (*at && ((*at)->dev != dev || (*at)->ino != ino || (*at)->is_removed)) at = &(*at)->next;
    return at;
}

static struct kept *of_stat(const struct stat *status) {
    return directory[0] && S_ISREG(status->st_mode) ? *place_of(status->st_dev, status->st_ino) : NULL;
}

static struct kept *of(int fd) { return fd >= 0 && fd < FDS ? of_descriptor[fd] : NULL; }

static void drop_blocks(struct kept *file, size_t from) {
    for (size_t i = from; i < file->count; i++) { free(file->blocks[i].bytes); file->blocks[i].bytes = NULL; }
}

static void forget(struct kept *file) {
    struct kept **at = &kept_files[(unsigned long)(file->ino ^ file->dev) % BUCKETS];
    while (*at && *at != file) at = &(*at)->next;
    if (*at) *at = file->next;
    if (file->is_removed) grown -= file->size;
    drop_blocks(file, 0);
    free(file->blocks);
    r_close(file->own);
    free(file);
}

static void note_removed(struct kept *file) {
    file->is_removed = 1;
    if (!file->descriptors) forget(file);
}

static void keep(int fd, int is_new) {
    char link[64], path[PATH_MAX];
    struct stat status;
    if (fd < 0 || fd >= FDS || !directory[0]) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    if (!is_ours(path) || r_fstat(fd, &status) || !S_ISREG(status.st_mode)) return;
    struct kept *file = *place_of(status.st_dev, status.st_ino);
    if (file && is_new && !file->descriptors) { forget(file); file = NULL; } /* the inode is used again */
    if (!file) {
        file = calloc(1, sizeof *file);
        file->dev = status.st_dev;
        file->ino = status.st_ino;
        file->size = file->valid = status.st_size;
        file->own = -1;
        struct kept **at = &kept_files[(unsigned long)(file->ino ^ file->dev) % BUCKETS];
        file->next = *at;
        *at = file;
    }
    if (!file->own_writes) {
        /* Never closed while the file is in use: that would drop the process's locks on it. */
        int own = r_open(link, O_RDWR | O_CLOEXEC, 0);
        if (own >= 0) { file->own = own; file->own_writes = 1; }
        else if (file->own < 0) file->own = r_open(link, O_RDONLY | O_CLOEXEC, 0);
    }
    file->descriptors++;
    of_descriptor[fd] = file;
}

static struct block *block_at(struct kept *file, size_t index) {
    if (index >= file->count) {
        size_t count = index + 1 + index / 2;
        file->blocks = realloc(file->blocks, count * sizeof *file->blocks);
        memset(file->blocks + file->count, 0, (count - file->count) * sizeof *file->blocks);
        file->count = count;
    }
    return &file->blocks[index];
}

/* Reads part of one block from the file itself, with zeros where nothing counts. */
static void read_file(struct kept *file, void *into, size_t size, off_t offset) {
    memset(into, 0, size);
    if (offset >= file->valid) return;
    if ((off_t)size > file->valid - offset) size = (size_t)(file->valid - offset);
    if (r_pread(file->own, into, size, offset) < 0) memset(into, 0, size);
}

static ssize_t read_kept(struct kept *file, void *into, size_t size, off_t offset) {
    size_t done = 0;
    if (offset >= file->size) return 0;
    if ((off_t)size > file->size - offset) size = (size_t)(file->size - offset);
    while (done < size) {
        size_t index = (size_t)(offset / BLOCK), from = (size_t)(offset % BLOCK), part = BLOCK - from;
        if (part > size - done) part = size - done;
        if (index < file->count && file->blocks[index].bytes)
            memcpy((char *)into + done, file->blocks[index].bytes + from, part);
        else
            read_file(file, (char *)into + done, part, offset);
        done += part;
        offset += (off_t)part;
    }
    return (ssize_t)done;
}

static int may_grow(struct kept *file, off_t size) {
    if (size <= file->size) return 1;
    if (exists(full_file) || (full_after >= 0 && grown + (size - file->size) > full_after)) {
        errno = ENOSPC;
        return 0;
    }
    grown += size - file->size;
    return 1;
}

static int sync_kept(struct kept *file);

static ssize_t write_kept(struct kept *file, const void *from, size_t size, off_t offset) {
    size_t done = 0;
    count_operation();
    if (!may_grow(file, offset + (off_t)size)) return -1;
    while (done < size) {
        size_t index = (size_t)(offset / BLOCK), at = (size_t)(offset % BLOCK), part = BLOCK - at;
        if (part > size - done) part = size - done;
        struct block *block = block_at(file, index);
        if (!block->bytes) {
            block->bytes = malloc(BLOCK);
            read_file(file, block->bytes, BLOCK, (off_t)index * BLOCK);
        }
        memcpy(block->bytes + at, (const char *)from + done, part);
        block->is_dirty = 1;
        done += part;
        offset += (off_t)part;
    }
    if (offset > file->size) file->size = offset;
    if (passes && sync_kept(file)) return -1;
    return (ssize_t)done;
}

static int resize_kept(struct kept *file, off_t size) {
    count_operation();
    if (!may_grow(file, size)) return -1;
    if (size < file->size) {
        grown -= file->size - size;
        drop_blocks(file, (size_t)((size + BLOCK - 1) / BLOCK));
        size_t last = (size_t)(size / BLOCK), rest = (size_t)(size % BLOCK);
        if (rest && last < file->count && file->blocks[last].bytes)
            memset(file->blocks[last].bytes + rest, 0, BLOCK - rest);
        if (size < file->valid) file->valid = size;
    }
    file->size = size;
    return passes ? sync_kept(file) : 0;
}

/* Brings the file itself to what the process sees, without a sync; block by block, so it can be killed between. */
static int sync_kept(struct kept *file) {
    struct stat status;
    if (r_fstat(file->own, &status)) return -1;
    if (file->valid < status.st_size && r_ftruncate(file->own, file->valid)) return -1;
    for (size_t i = 0; i < file->count; i++) {
        struct block *block = &file->blocks[i];
        off_t offset = (off_t)i * BLOCK, length = file->size - offset;
        if (!block->bytes || !block->is_dirty || length <= 0) continue;
        if (length > BLOCK) length = BLOCK;
        if (!passes) count_operation();
        if (r_pwrite(file->own, block->bytes, (size_t)length, offset) != length) return -1;
        free(block->bytes);
        block->bytes = NULL;
        if (file->valid < offset + length) file->valid = offset + length;
    }
    if (r_ftruncate(file->own, file->size)) return -1;
    file->valid = file->size;
    return 0;
}

static int sync_descriptor(int fd) {
    struct kept *file;
    char text[32] = "";
    int delay = delay_file ? r_open(delay_file, O_RDONLY, 0) : -1;
    if (delay >= 0 && of(fd)) {
        if (r_pread(delay, text, sizeof text - 1, 0) > 0) usleep((useconds_t)atoi(text) * 1000);
    }
    if (delay >= 0) r_close(delay);
    pthread_mutex_lock(&lock);
    if (!(file = of(fd))) { pthread_mutex_unlock(&lock); return r_fsync(fd); }
    count_operation();
    int answer;
    if (exists(eio_file)) {
        for (size_t i = 0; i < file->count; i++) file->blocks[i].is_dirty = 0;
        errno = EIO;
        answer = -1;
    } else {
        answer = sync_kept(file);
    }
    pthread_mutex_unlock(&lock);
    return answer ? answer : r_fsync(fd);
}

/* ---- what is put in the way of the C library ---- */

static int open_any(const char *path, int flags, mode_t mode) {
    if (!directory[0]) return r_open(path, flags, mode);
    struct stat before;
    int is_new = (flags & O_CREAT) && r_stat(path, &before) != 0;
    int cuts = (flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY;
    int fd = r_open(path, cuts ? flags & ~O_TRUNC : flags, mode); /* may block, as on a pipe */
    if (fd < 0 || getpid() != owner) return fd;
    int error = errno;
    pthread_mutex_lock(&lock);
    keep(fd, is_new);
    if (cuts && of(fd)) resize_kept(of(fd), 0);
    else if (cuts && !is_new) r_ftruncate(fd, 0); /* which a device or a pipe refuses, and that is right */
    pthread_mutex_unlock(&lock);
    errno = error;
    return fd;
}

#define MODE_OF(flags, mode) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) { MODE_OF(flags, mode) return open_any(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_OF(flags, mode) return open_any(path, flags, mode); }
int __open_2(const char *path, int flags) { return open_any(path, flags, 0); }
int __open64_2(const char *path, int flags) { return open_any(path, flags, 0); }
int creat(const char *path, mode_t mode) { return open_any(path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

static int open_at(int at, const char *path, int flags, mode_t mode) {
    char absolute[PATH_MAX], link[64];
    if (at != AT_FDCWD && path[0] != '/') {
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t length = readlink(link, absolute, sizeof absolute - 1);
        if (length > 0 && (size_t)length + strlen(path) + 2 < sizeof absolute) {
            absolute[length] = '/';
            strcpy(absolute + length + 1, path);
            path = absolute;
        }
    }
    return open_any(path, flags, mode);
}

int openat(int at, const char *path, int flags, ...) { MODE_OF(flags, mode) return open_at(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE_OF(flags, mode) return open_at(at, path, flags, mode); }

int close(int fd) {
    if (getpid() != owner) return r_close(fd); /* between vfork and exec, in the parent's memory */
    pthread_mutex_lock(&lock);
    struct kept *file = of(fd);
    if (file) {
        of_descriptor[fd] = NULL;
        if (!--file->descriptors && file->is_removed) forget(file);
    }
    int answer = r_close(fd);
    pthread_mutex_unlock(&lock);
    return answer;
}

/* Runs `kept` under the lock when the descriptor is one of ours, `passed` otherwise. */
#define EITHER(type, fd, kept_way, passed_way) \
    struct kept *file; \
    if (!of(fd)) return passed_way; \
    pthread_mutex_lock(&lock); \
    type answer = (file = of(fd)) ? (kept_way) : (passed_way); \
    pthread_mutex_unlock(&lock); \
    return answer

static ssize_t read_on(struct kept *file, int fd, void *into, size_t size) {
    off_t at = r_lseek(fd, 0, SEEK_CUR);
    ssize_t done = read_kept(file, into, size, at);
    if (done > 0) r_lseek(fd, at + done, SEEK_SET);
    return done;
}

static ssize_t write_on(struct kept *file, int fd, const void *from, size_t size) {
    off_t at = fcntl(fd, F_GETFL) & O_APPEND ? file->size : r_lseek(fd, 0, SEEK_CUR);
    ssize_t done = write_kept(file, from, size, at);
    if (done > 0) r_lseek(fd, at + done, SEEK_SET);
    return done;
}

static off_t seek_on(struct kept *file, int fd, off_t offset, int whence) {
    return whence == SEEK_END ? r_lseek(fd, file->size + offset, SEEK_SET) : r_lseek(fd, offset, whence);
}

ssize_t read(int fd, void *b, size_t n) { REAL(read); EITHER(ssize_t, fd, read_on(file, fd, b, n), real(fd, b, n)); }
ssize_t write(int fd, const void *b, size_t n) { REAL(write); EITHER(ssize_t, fd, write_on(file, fd, b, n), real(fd, b, n)); }
ssize_t pread(int fd, void *b, size_t n, off_t o) { EITHER(ssize_t, fd, read_kept(file, b, n, o), r_pread(fd, b, n, o)); }
ssize_t pread64(int fd, void *b, size_t n, off_t o) { EITHER(ssize_t, fd, read_kept(file, b, n, o), r_pread(fd, b, n, o)); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { EITHER(ssize_t, fd, write_kept(file, b, n, o), r_pwrite(fd, b, n, o)); }
ssize_t pwrite64(int fd, const void *b, size_t n, off_t o) { EITHER(ssize_t, fd, write_kept(file, b, n, o), r_pwrite(fd, b, n, o)); }
off_t lseek(int fd, off_t o, int w) { EITHER(off_t, fd, seek_on(file, fd, o, w), r_lseek(fd, o, w)); }
off_t lseek64(int fd, off_t o, int w) { EITHER(off_t, fd, seek_on(file, fd, o, w), r_lseek(fd, o, w)); }
int ftruncate(int fd, off_t n) { EITHER(int, fd, resize_kept(file, n), r_ftruncate(fd, n)); }
int ftruncate64(int fd, off_t n) { EITHER(int, fd, resize_kept(file, n), r_ftruncate(fd, n)); }

static ssize_t each_part(struct kept *file, const struct iovec *parts, int count, off_t offset, int writes) {
    ssize_t done = 0;
    for (int i = 0; i < count; i++) {
        ssize_t one = writes ? write_kept(file, parts[i].iov_base, parts[i].iov_len, offset + done)
                             : read_kept(file, parts[i].iov_base, parts[i].iov_len, offset + done);
        if (one < 0) return done ? done : -1;
        done += one;
        if ((size_t)one < parts[i].iov_len) break;
    }
    return done;
}

static ssize_t vector_on(struct kept *file, int fd, const struct iovec *parts, int count, int writes) {
    off_t at = writes && fcntl(fd, F_GETFL) & O_APPEND ? file->size : r_lseek(fd, 0, SEEK_CUR);
    ssize_t done = each_part(file, parts, count, at, writes);
    if (done > 0) r_lseek(fd, at + done, SEEK_SET);
    return done;
}

ssize_t readv(int fd, const struct iovec *v, int n) { REAL(readv); EITHER(ssize_t, fd, vector_on(file, fd, v, n, 0), real(fd, v, n)); }
ssize_t writev(int fd, const struct iovec *v, int n) { REAL(writev); EITHER(ssize_t, fd, vector_on(file, fd, v, n, 1), real(fd, v, n)); }
ssize_t preadv(int fd, const struct iovec *v, int n, off_t o) { REAL(preadv); EITHER(ssize_t, fd, each_part(file, v, n, o, 0), real(fd, v, n, o)); }
ssize_t preadv64(int fd, const struct iovec *v, int n, off_t o) { REAL(preadv64); EITHER(ssize_t, fd, each_part(file, v, n, o, 0), real(fd, v, n, o)); }
ssize_t pwritev(int fd, const struct iovec *v, int n, off_t o) { REAL(pwritev); EITHER(ssize_t, fd, each_part(file, v, n, o, 1), real(fd, v, n, o)); }
ssize_t pwritev64(int fd, const struct iovec *v, int n, off_t o) { REAL(pwritev64); EITHER(ssize_t, fd, each_part(file, v, n, o, 1), real(fd, v, n, o)); }

static int reserve(struct kept *file, off_t offset, off_t length) {
    return offset + length > file->size ? resize_kept(file, offset + length) : 0;
}

int fallocate(int fd, int m, off_t o, off_t n) { REAL(fallocate); EITHER(int, fd, m ? (errno = EOPNOTSUPP, -1) : reserve(file, o, n), real(fd, m, o, n)); }
int fallocate64(int fd, int m, off_t o, off_t n) { REAL(fallocate64); EITHER(int, fd, m ? (errno = EOPNOTSUPP, -1) : reserve(file, o, n), real(fd, m, o, n)); }
int posix_fallocate(int fd, off_t o, off_t n) { REAL(posix_fallocate); EITHER(int, fd, reserve(file, o, n) ? errno : 0, real(fd, o, n)); }
int posix_fallocate64(int fd, off_t o, off_t n) { REAL(posix_fallocate64); EITHER(int, fd, reserve(file, o, n) ? errno : 0, real(fd, o, n)); }

int fsync(int fd) { return sync_descriptor(fd); }
int fdatasync(int fd) { return sync_descriptor(fd); }
int sync_file_range(int fd, off_t o, off_t n, unsigned int f) { REAL(sync_file_range); return of(fd) ? sync_descriptor(fd) : real(fd, o, n, f); }

static void look(struct stat *status) {
    pthread_mutex_lock(&lock);
    struct kept *file = of_stat(status);
    if (file) status->st_size = file->size;
    pthread_mutex_unlock(&lock);
}

#define LOOKED(call) int answer = call; if (!answer) look((struct stat *)s); return answer
int stat(const char *p, struct stat *s) { LOOKED(r_stat(p, s)); }
int stat64(const char *p, struct stat64 *s) { LOOKED(r_stat(p, (struct stat *)s)); }
int fstat(int fd, struct stat *s) { LOOKED(r_fstat(fd, s)); }
int fstat64(int fd, struct stat64 *s) { LOOKED(r_fstat(fd, (struct stat *)s)); }
int lstat(const char *p, struct stat *s) { REAL(lstat); LOOKED(real(p, s)); }
int lstat64(const char *p, struct stat64 *s) { REAL(lstat64); LOOKED(real(p, s)); }
int fstatat(int d, const char *p, struct stat *s, int f) { REAL(fstatat); LOOKED(real(d, p, s, f)); }
int fstatat64(int d, const char *p, struct stat64 *s, int f) { REAL(fstatat64); LOOKED(real(d, p, s, f)); }
int __xstat(int v, const char *p, struct stat *s) { (void)v; LOOKED(r_stat(p, s)); }
int __xstat64(int v, const char *p, struct stat64 *s) { (void)v; LOOKED(r_stat(p, (struct stat *)s)); }
int __fxstat(int v, int fd, struct stat *s) { (void)v; LOOKED(r_fstat(fd, s)); }
int __fxstat64(int v, int fd, struct stat64 *s) { (void)v; LOOKED(r_fstat(fd, (struct stat *)s)); }
int __lxstat(int v, const char *p, struct stat *s) { (void)v; return lstat(p, s); }
int __lxstat64(int v, const char *p, struct stat64 *s) { (void)v; return lstat64(p, s); }

/* A name that goes away, by removal or by another file's renaming, takes what is kept of its file along. */
static struct kept *last_name(int at, const char *path) {
    struct stat status;
    static int (*real)(int, const char *, struct stat *, int);
    if (!real) real = (int (*)(int, const char *, struct stat *, int))dlsym(RTLD_NEXT, "fstatat");
    if (!directory[0] || real(at, path, &status, AT_SYMLINK_NOFOLLOW) || status.st_nlink > 1) return NULL;
    return of_stat(&status);
}

#define REMOVING(at, path, call) \
    pthread_mutex_lock(&lock); \
    struct kept *gone = last_name(at, path); \
    if (gone) count_operation(); \
    int answer = call; \
    if (!answer && gone) note_removed(gone); \
    pthread_mutex_unlock(&lock); \
    return answer

int unlink(const char *p) { REAL(unlink); REMOVING(AT_FDCWD, p, real(p)); }
int unlinkat(int at, const char *p, int f) { REAL(unlinkat); REMOVING(at, p, real(at, p, f)); }
int rename(const char *a, const char *b) { REAL(rename); REMOVING(AT_FDCWD, b, real(a, b)); }
int renameat(int x, const char *a, int y, const char *b) { REAL(renameat); REMOVING(y, b, real(x, a, y, b)); }

static void write_out(const char *path) {
    struct stat status;
    if (!directory[0] || r_stat(path, &status)) return;
    pthread_mutex_lock(&lock);
    struct kept *file = of_stat(&status);
    if (file && file->own_writes) sync_kept(file);
    pthread_mutex_unlock(&lock);
}

FILE *fopen(const char *p, const char *m) { REAL(fopen); write_out(p); return real(p, m); }
FILE *fopen64(const char *p, const char *m) { REAL(fopen64); write_out(p); return real(p, m); }

ssize_t sendfile(int out, int in, off_t *o, size_t n) { REAL(sendfile); return of(in) ? (errno = EINVAL, -1) : real(out, in, o, n); }
ssize_t sendfile64(int out, int in, off_t *o, size_t n) { REAL(sendfile64); return of(in) ? (errno = EINVAL, -1) : real(out, in, o, n); }
ssize_t copy_file_range(int in, off_t *i, int out, off_t *o, size_t n, unsigned int f) {
    REAL(copy_file_range);
    return of(in) || of(out) ? (errno = EINVAL, -1) : real(in, i, out, o, n, f);
}
