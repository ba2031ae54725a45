/* Symbolises frames with libdwfl, from /proc/PID/maps and the files it names.
 *
 * The program's own image is opened through /proc/PID/exe: the file at its path may be a newer build by now. Separate
 * debug files are looked for by build id below /usr/lib/debug alone; libdwfl's own search could ask a server.
 *
 * A return address is looked up one byte before, inside of the call. The frame behind a signal frame (its CFI says
 * so) is an interrupted address like frame 0 and is looked up as it is.
 *
 * Not here: unwinding (the crashing worker collects the addresses), variables, other architectures' signal frames
 * without CFI. */
#include "net/backtrace.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct process {
    Dwfl *dwfl;
    char exe[64];            /* /proc/PID/exe */
    char exe_name[PATH_MAX]; /* what it links to, as /proc/PID/maps shows it */
} process;

static int open_regular(const char *path)
{
    struct stat info;
    if (stat(path, &info) < 0 || !S_ISREG(info.st_mode))
        return -1;
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* For libdwfl: the file of a module. `userdata` was set to the process. */
static int find_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base, char **file_name,
                    Elf **elf)
{
    (void)module;
    (void)base;
    *elf = NULL;
    const process *of = *userdata;
    if (!of || name[0] != '/')
        return -1;
    int fd = open_regular(strcmp(name, of->exe_name) == 0 ? of->exe : name);
    if (fd >= 0)
        *file_name = strdup(name);
    return fd;
}

/* For libdwfl: the file with the debug information that was split off a module. */
static int find_debuginfo(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
                          const char *file_name, const char *link, GElf_Word crc, char **debug_file_name)
{
    (void)userdata;
    (void)name;
    (void)base;
    (void)file_name;
    (void)link;
    (void)crc;
    const unsigned char *id;
    GElf_Addr address;
    int length = dwfl_module_build_id(module, &id, &address);
    if (length < 2 || length > 64)
        return -1;
    char path[256];
    int used = snprintf(path, sizeof(path), "/usr/lib/debug/.build-id/%02x/", id[0]);
    for (int i = 1; i < length; i++)
        used += snprintf(path + used, sizeof(path) - (size_t)used, "%02x", id[i]);
    snprintf(path + used, sizeof(path) - (size_t)used, ".debug");
    int fd = open_regular(path);
    if (fd >= 0)
        *debug_file_name = strdup(path);
    return fd;
}

static const Dwfl_Callbacks callbacks = { .find_elf = find_elf, .find_debuginfo = find_debuginfo };

static int set_userdata(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr start, void *arg)
{
    (void)module;
    (void)name;
    (void)start;
    *userdata = arg;
    return DWARF_CB_OK;
}

static bool process_init(process *of, pid_t pid)
{
    snprintf(of->exe, sizeof(of->exe), "/proc/%d/exe", (int)pid);
    ssize_t length = readlink(of->exe, of->exe_name, sizeof(of->exe_name) - 1);
    of->exe_name[CT_MAX(length, 0)] = '\0';
    of->dwfl = dwfl_begin(&callbacks);
    if (of->dwfl && dwfl_linux_proc_report(of->dwfl, pid) == 0 && dwfl_report_end(of->dwfl, NULL, NULL) == 0 &&
        dwfl_getmodules(of->dwfl, set_userdata, of, 0) == 0)
        return true;
    dwfl_end(of->dwfl);
    return false;
}

/* The path as the compiler was given it: without the folder of the build and the "../" out of it. */
static const char *shorten(const char *path, Dwarf_Die *unit)
{
    Dwarf_Attribute attribute;
    const char *folder = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
    size_t length = folder ? strlen(folder) : 0;
    if (length && strncmp(path, folder, length) == 0 && path[length] == '/')
        path += length + 1;
    while (strncmp(path, "../", 3) == 0 || strncmp(path, "./", 2) == 0)
        path = strchr(path, '/') + 1;
    return path;
}

/* Where an inlined function was called. */
static const char *call_site(Dwarf_Die *inlined, Dwarf_Die *unit, int *ret_line)
{
    Dwarf_Attribute attribute;
    Dwarf_Word file, line;
    Dwarf_Files *files;
    size_t count;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) != 0 ||
        dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) != 0 ||
        dwarf_getsrcfiles(unit, &files, &count) != 0 || file >= count)
        return NULL;
    *ret_line = (int)line;
    return dwarf_filesrc(files, file, NULL, NULL);
}

typedef struct frame {
    size_t number;
    uint64_t address; /* to show */
    uint64_t lookup;  /* inside of the instruction */
    Dwfl_Module *module;
    const char *path; /* of the module, or NULL */
    char place[320];  /* "site+0x1234" */
} frame;

typedef struct sink {
    ct_backtrace_each *each;
    void *arg;
} sink;

/* The compilation unit of the address. Clang writes no table of addresses, so without one the units are tried in
 * turn. */
static Dwarf_Die *find_unit(const frame *at, Dwarf_Addr *ret_bias)
{
    Dwarf_Die *unit = dwfl_module_addrdie(at->module, at->lookup, ret_bias);
    if (unit)
        return unit;
    while ((unit = dwfl_module_nextcu(at->module, unit, ret_bias)))
        if (dwarf_haspc(unit, at->lookup - *ret_bias) > 0)
            return unit;
    return NULL;
}

/* The function and those inlined there, innermost first. False when the debug information does not say. */
static bool put_functions(const frame *at, const sink *to)
{
    Dwarf_Addr bias;
    Dwarf_Die *unit = find_unit(at, &bias);
    Dwarf_Die *inner = NULL, *scopes = NULL;
    if (!unit || dwarf_getscopes(unit, at->lookup - bias, &inner) <= 0)
        return false;
    int count = dwarf_getscopes_die(&inner[0], &scopes);
    free(inner);
    int source_line = 0;
    Dwarf_Line *row = dwarf_getsrc_die(unit, at->lookup - bias);
    const char *source = row ? dwarf_linesrc(row, NULL, NULL) : NULL;
    if (row)
        dwarf_lineno(row, &source_line);
    bool found = false;
    for (int i = 0; i < count && !found; i++) {
        int tag = dwarf_tag(&scopes[i]);
        if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
            continue;
        found = tag == DW_TAG_subprogram;
        const char *name = dwarf_diename(&scopes[i]);
        to->each(to->arg, &(ct_backtrace_frame){ .number = at->number,
                                                 .address = at->address,
                                                 .function = name ? name : "?",
                                                 .file = source ? shorten(source, unit) : NULL,
                                                 .path = source,
                                                 .line = source_line,
                                                 .inlined = !found,
                                                 .module = at->path,
                                                 .place = at->place });
        if (!found)
            source = call_site(&scopes[i], unit, &source_line);
    }
    free(scopes);
    return found;
}

static void put_symbol(const frame *at, const sink *to)
{
    GElf_Off offset = 0;
    GElf_Sym symbol;
    const char *name =
        at->module ? dwfl_module_addrinfo(at->module, at->lookup, &offset, &symbol, NULL, NULL, NULL) : NULL;
    char text[512];
    if (name)
        snprintf(text, sizeof(text), "%s+0x%" PRIx64, name, (uint64_t)offset + (at->address - at->lookup));
    else
        snprintf(text, sizeof(text), "0x%" PRIx64, at->address);
    to->each(
        to->arg,
        &(ct_backtrace_frame){
            .number = at->number, .address = at->address, .function = text, .module = at->path, .place = at->place });
}

/* Whether the frame at that address is one that the kernel made to call a signal handler. */
static bool is_signal_frame(Dwfl_Module *module, uint64_t address)
{
    Dwarf_Addr bias;
    Dwarf_CFI *cfi = module ? dwfl_module_eh_cfi(module, &bias) : NULL;
    Dwarf_Frame *found = NULL;
    bool is_signal = false;
    if (cfi && dwarf_cfi_addrframe(cfi, address - bias, &found) == 0) {
        dwarf_frame_info(found, NULL, NULL, &is_signal);
        free(found);
    }
    return is_signal;
}

static void name_place(frame *at)
{
    Dwarf_Addr start = 0;
    const char *path = dwfl_module_info(at->module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
    if (!path) {
        snprintf(at->place, sizeof(at->place), "unknown memory");
        return;
    }
    at->path = path;
    const char *slash = strrchr(path, '/');
    snprintf(at->place, sizeof(at->place), "%.255s+0x%" PRIx64, slash ? slash + 1 : path, at->address - start);
}

bool ct_backtrace_walk(pid_t pid, const uint64_t *frames, size_t count, ct_backtrace_each *each, void *arg)
{
    const sink to = { .each = each, .arg = arg };
    process of;
    if (!process_init(&of, pid))
        return false;
    bool known = false, exact = true;
    for (size_t i = 0; i < count && !known; i++)
        known = dwfl_addrmodule(of.dwfl, frames[i]) != NULL;
    for (size_t i = 0; i < count && known; i++) {
        frame at = { .number = i, .address = frames[i], .lookup = frames[i] - !exact };
        at.module = dwfl_addrmodule(of.dwfl, at.lookup);
        name_place(&at);
        if (!at.module || !put_functions(&at, &to))
            put_symbol(&at, &to);
        exact = is_signal_frame(at.module, at.address);
    }
    dwfl_end(of.dwfl);
    return known;
}

typedef struct lines {
    ct_backtrace_line *line;
    void *arg;
} lines;

static void write_line(void *arg, const ct_backtrace_frame *at)
{
    const lines *to = arg;
    const char *place = at->inlined ? "inlined" : at->place;
    char text[1024];
    if (at->file)
        snprintf(text, sizeof(text), "#%zu %s at %s:%d (%s)", at->number, at->function, at->file, at->line, place);
    else
        snprintf(text, sizeof(text), "#%zu %s (%s)", at->number, at->function, place);
    to->line(to->arg, text);
}

bool ct_backtrace_describe_of(pid_t pid, const uint64_t *frames, size_t count, ct_backtrace_line *line, void *arg)
{
    return ct_backtrace_walk(pid, frames, count, write_line, &(lines){ .line = line, .arg = arg });
}

void ct_backtrace_describe(const uint64_t *frames, size_t count, ct_backtrace_line *line, void *arg)
{
    if (ct_backtrace_describe_of(getpid(), frames, count, line, arg))
        return;
    for (size_t i = 0; i < count; i++) {
        char text[64];
        snprintf(text, sizeof(text), "#%zu 0x%" PRIx64, i, frames[i]);
        line(arg, text);
    }
}
