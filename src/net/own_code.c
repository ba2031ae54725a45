/* A frame is the library's when its module is this one and its file lies below the library's own sources, the system's
 * when its module lies in the system's folders, and else the app's. Where our sources are is known from the debug
 * information of this very file. */
#include "net/own_code.h"

#include "base/str.h"

#include <stdio.h>
#include <unistd.h>

#define THIS_FILE "net/own_code.c"

static __attribute__((noinline)) uint64_t address_of_caller(void)
{
    return (uint64_t)(uintptr_t)__builtin_return_address(0);
}

/* What this file's own frame says of the library. */
static void learn(void *arg, const ct_backtrace_frame *frame)
{
    ct_own_code *code = arg;
    ct_str path = frame->path ? ct_str_of(frame->path) : CT_STR("");
    snprintf(code->module, sizeof code->module, "%s", frame->module ? frame->module : "");
    if (ct_str_ends(path, CT_STR(THIS_FILE)))
        snprintf(code->root, sizeof code->root, "%.*s", (int)(path.length - strlen(THIS_FILE)), path.data);
}

void ct_own_code_find(ct_own_code *ret)
{
    uint64_t here[] = { address_of_caller() };
    ret->module[0] = ret->root[0] = '\0';
    ct_backtrace_walk(getpid(), here, 1, learn, ret);
}

static bool is_system(const char *module)
{
    return !module || *module != '/' || ct_str_starts(ct_str_of(module), CT_STR("/lib")) ||
           (ct_str_starts(ct_str_of(module), CT_STR("/usr/")) &&
            !ct_str_starts(ct_str_of(module), CT_STR("/usr/local/")));
}

bool ct_own_code_is_app(const ct_own_code *code, const ct_backtrace_frame *frame)
{
    if (!code->module[0] || !frame->module || strcmp(code->module, frame->module) != 0)
        return !is_system(frame->module);
    return frame->path && code->root[0] && !ct_str_starts(ct_str_of(frame->path), ct_str_of(code->root));
}
