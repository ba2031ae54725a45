/* What can be said of the folder of uploads before the first one comes. These are warnings: a disk may be mounted
 * later, and a site without uploads needs no folder. */
#include "canteen/app.h"
#include "web/folder.h"
#include "web/storage.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

/* Cuts a path at the last '/' of what is left of it; "." and "/" end it. False: there is nothing above. */
static bool go_up(char *path)
{
    char *slash = strrchr(path, '/');
    if (strcmp(path, ".") == 0 || strcmp(path, "/") == 0)
        return false;
    if (slash == path)
        path[1] = '\0';
    else if (slash)
        *slash = '\0';
    else
        memcpy(path, ".", 2);
    return true;
}

/* The folder, or the one above it that is there: its real path in `ret`, of PATH_MAX bytes. False: there is none. */
static bool find_real(const char *folder, char *ret)
{
    char path[PATH_MAX];
    size_t length = strlen(folder);
    if (!length || length >= sizeof path)
        return false;
    memcpy(path, folder, length + 1);
    while (!realpath(path, ret))
        if (errno != ENOENT || !go_up(path))
            return false;
    return true;
}

static bool lies_in(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (!path[length] || path[length] == '/' || folder[length - 1] == '/');
}

static void check_folder(const ct_config *config, const char *source, bool is_default, ct_problems *problems)
{
    char real[PATH_MAX];
    struct stat info;
    const char *folder = config->upload_folder;
    bool is_there = stat(folder, &info) == 0;
    if (!is_there && (is_default || (errno == ENOENT && find_real(folder, real) && access(real, W_OK | X_OK) == 0)))
        return;
    if (!is_there)
        ct_problems_add(problems, CT_PROBLEM_WARNING,
                        "%s: upload_folder: the folder \"%s\" is not there and cannot be made: %m", source, folder);
    else if (!S_ISDIR(info.st_mode))
        ct_problems_add(problems, CT_PROBLEM_WARNING, "%s: upload_folder: \"%s\" is no folder", source, folder);
    else if (access(folder, W_OK | X_OK) < 0)
        ct_problems_add(problems, CT_PROBLEM_WARNING, "%s: upload_folder: the folder \"%s\" cannot be written to: %m",
                        source, folder);
}

/* What is uploaded there everybody gets, under the site's own address: a page with scripts among it. */
static void check_public(const char *folder, ct_str public, const char *source, ct_problems *problems)
{
    char real[PATH_MAX], real_public[PATH_MAX], path[PATH_MAX];
    if (!public.length || public.length >= sizeof path)
        return;
    memcpy(path, public.data, public.length);
    path[public.length] = '\0';
    if (realpath(path, real_public) && find_real(folder, real) && lies_in(real, real_public))
        ct_problems_add(
            problems, CT_PROBLEM_WARNING,
            "%s: upload_folder: \"%s\" lies in \"%s\", whose files everybody gets as they are: keep uploads "
            "elsewhere and send them with ct_storage_send()",
            source, folder, path);
}

void ct_storage_check(const ct_site *site, const char *source, bool is_default, ct_problems *problems)
{
    const ct_config *config = &site->config;
    if (site->app->storage && site->app->storage != &ct_folder_storage)
        return;
    check_folder(config, source, is_default, problems);
    for (ct_str rest = ct_str_of(config->static_folders); rest.data;)
        check_public(config->upload_folder, ct_str_next(&rest, ','), source, problems);
    for (size_t i = 0; i < site->mount_count; i++) {
        const ct_app *app = site->mounts[i]->app;
        if (app->static_folder)
            check_public(config->upload_folder, ct_str_of(app->static_folder), source, problems);
        for (const ct_route *row = app->routes; row && row->path; row++)
            if (row->frontend)
                check_public(config->upload_folder, ct_str_of(row->frontend), source, problems);
    }
}
