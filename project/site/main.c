/* The program: `./myproject help` lists its commands. */
#include "app.h"

int main(int argc, char **argv)
{
    return ct_main(argc, argv, &app);
}
