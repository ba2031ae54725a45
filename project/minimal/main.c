#include <canteen.h>

static ct_response *hello(ct *c)
{
    return ct_text(c, "Hello, World!");
}

static const ct_app app = { .name = "myproject", .routes = ROUTES(GET("/", hello)) };

int main(int argc, char **argv)
{
    return ct_main(argc, argv, &app);
}
