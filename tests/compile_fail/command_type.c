/* expect gcc: [-Werror=incompatible-pointer-types] */
/* expect clang: error: incompatible function pointer types */
/* A command with the signature of a main(). */
#include <canteen.h>

#ifndef RIGHT
static int greet(int argc, char **argv)
{
    return argc > 1 && argv[1] ? 0 : 2;
}
#else
static int greet(ct *c)
{
    return ct_option_text(c, "name") ? 0 : 2;
}
#endif

const ct_app app = { .name = "app", .commands = COMMANDS(COMMAND("greet", greet, .help = "Greet somebody")) };
