/* What a program in C does with contents: one read for each range, until it is full. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

struct range {
    uint64_t address, size;
};

static int fill(int source, char *place, size_t left)
{
    while (left) {
        ssize_t count = read(source, place, left);
        if (count <= 0)
            return -1;
        place += count;
        left -= count;
    }
    return 0;
}

/* Into memory. */
int read_ranges(int source, char *memory, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fill(source, memory + ranges[i].address, ranges[i].size))
            return -1;
    return 0;
}

/* Into a file: a buffer of 1 MiB at most, written to its place. */
int store_ranges(int source, int file, const struct range *ranges, size_t count)
{
    static char buffer[1 << 20];
    for (size_t i = 0; i < count; i++)
        for (uint64_t done = 0; done < ranges[i].size;) {
            uint64_t left = ranges[i].size - done;
            size_t piece = left < sizeof buffer ? left : sizeof buffer;
            if (fill(source, buffer, piece))
                return -1;
            if (pwrite(file, buffer, piece, ranges[i].address + done) != (ssize_t)piece)
                return -1;
            done += piece;
        }
    return 0;
}

/* As little as a kernel can do with contents that go to one place in a file: no copy outside of it. */
int splice_all(int source, int file, size_t left)
{
    int ends[2];
    loff_t offset = 0;
    if (pipe(ends))
        return -1;
    fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
    while (left) {
        ssize_t count = splice(source, 0, ends[1], 0, left < 1 << 20 ? left : 1 << 20, 0);
        if (count <= 0)
            break;
        left -= count;
        while (count) {
            ssize_t moved = splice(ends[0], 0, file, &offset, count, 0);
            if (moved <= 0)
                return -1;
            count -= moved;
        }
    }
    close(ends[0]);
    close(ends[1]);
    return left ? -1 : 0;
}
