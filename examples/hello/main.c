/* The smallest program: three routes. Run it with `hello run` and open http://127.0.0.1:8000/. */
#include <canteen.h>

static ct_response *hello(ct *c)
{
    return ct_text(c, "Hello, World!");
}

static ct_response *json(ct *c)
{
    return ct_json(c, KV("message", "Hello, World!"));
}

static const ct_app app = {
    .name = "hello",
    .routes = ROUTES(GET("/", hello), GET("/plaintext", hello, .name = "plaintext"), GET("/json", json)),
};

int main(int argc, char **argv)
{
    return ct_main(argc, argv, &app);
}
