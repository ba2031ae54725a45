/* `canteen embed` alone, for the build: it makes the files of project/ part of the program `canteen`. Not installed. */
#include "cli/cli.h"

static const ct_builtin builtins[] = {
    { .command = { .name = "embed", .options = ct_embed_options }, .run = ct_embed_builtin },
};

static const ct_app app = { .name = "embed" };

int main(int argc, char **argv)
{
    return ct_cli_main(argc, argv, &app, builtins, CT_COUNT(builtins), NULL);
}
