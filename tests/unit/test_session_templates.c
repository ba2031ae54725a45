/* What templates see of the session: `session`, `messages`, get_flashed_messages(). */
#include "templated.h"

#include "canteen/backend/session.h"
#include "shape/value.h"
#include "web/keys.h"
#include "web/session.h"

static const ct_app app = { .name = "app", .sessions = &ct_cookie_sessions };
static const ct_app without = { .name = "without" };

static made_site m;

static void configure(ct_config *config)
{
    config->secret_key = "oW3tUr8cLx5aQe0hZk7dVy2mJb9sPf4n";
    config->session_cookie_name = "session";
    config->session_cookie_path = "/";
    config->session_cookie_domain = "";
    config->session_lifetime = CT_DAY;
}

/* A request (`head` NULL: none) of a site with keys and, where the app has them, sessions. */
static ct *open_work(const ct_app *of, const char *head)
{
    ct *c = open_good(&m, of, head, configure);
    ct_keys_prepare(&m.site, &m.problems);
    ct_session_prepare(&m.site, &m.problems);
    assert_int_equal(m.problems.count, 0);
    return c;
}

#define HEAD "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static void the_session(void **state)
{
    static const struct {
        const char *source, *wanted;
    } cases[] = {
        { "{{ session.user }} {{ session['a b'] }}", "&lt;ada&gt; 2" },
        { "{{ session.map.x }} {{ session.list[1] }}", "1 y" },
        { "{{ session.get('user') }} {{ session.get('missing') }} {{ session.get('missing', 7) }}",
          "&lt;ada&gt; None 7" },
        { "[{{ session.missing }}] {{ session.missing is defined }} {{ 'user' in session }} {{ 1 in session }}",
          "[] False True False" },
        { "{% for name in session %}{{ name }};{% endfor %} {{ session|length }}", "user;a b;map;list; 4" },
        { "{% for k, v in session.items() %}{{ k }}={{ v }};{% endfor %}",
          "user=&lt;ada&gt;;a b=2;map={&#39;x&#39;: 1};list=[&#39;x&#39;, &#39;y&#39;];" },
        { "{{ session.keys()|join(',') }} {{ session.values()|list|length }}", "user,a b,map,list 4" },
        { "{% if session %}yes{% else %}no{% endif %}", "yes" },
        { "[{{ session._flashes }}{{ session['_flashes'] }}{{ session.get('_flashes', 'no') }}]", "[no]" },
        { "{% if session.user %}{{ session.user|lower }}{% endif %}{% trans 'x' %}{{ session.map.x|add:1 }}"
          "{% for k, v in session.items %}{{ k }}{% endfor %}",
          "&lt;ada&gt;x2usera bmaplist" },
        { "{% set session.user = 1 %}",
          "! <string>.html:1:8: cannot assign to an attribute of a 'Session': make a namespace() for it | "
          "{% set session.user = 1 %}" },
    };
    (void)state;
    ct *c = open_work(&app, HEAD);
    ct_array *list = ct_array_new(c);
    ct_array_add(list, "x");
    ct_array_add(list, "y");
    ct_session_set(c, "user", "<ada>");
    ct_session_set(c, "a b", 2);
    ct_session_set(c, "map", ct_object(c, KV("x", 1)));
    ct_session_set(c, "list", list);
    ct_flash(c, NULL, "waits");
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(shown(c, cases[i].source), cases[i].wanted);
    assert_int_equal(ct_flashes_waiting(c), 1);
    close_made(&m);
    c = open_work(&app, HEAD);
    assert_string_equal(shown(c, "{% if request %}{% endif %}x"), "x");
    assert_null(c->session);
    ct_flash(c, NULL, "own values do not count");
    assert_string_equal(shown(c, "{% if session %}yes{% else %}no{% endif %}"), "no");
    close_made(&m);
}

static ct *with_flashes(void)
{
    ct *c = open_work(&app, HEAD);
    ct_flash(c, "info", "one");
    ct_flash(c, "error", "<two>");
    ct_flash(c, NULL, "three");
    return c;
}

static void flashed_messages_of_flask(void **state)
{
    static const struct {
        const char *source, *wanted;
    } cases[] = {
        { "{% for m in get_flashed_messages() %}{{ m }};{% endfor %}", "one;&lt;two&gt;;three;" },
        { "{% with messages = get_flashed_messages(with_categories=true) %}{% if messages %}"
          "{% for category, m in messages %}{{ category }}:{{ m }};{% endfor %}{% endif %}{% endwith %}",
          "info:one;error:&lt;two&gt;;message:three;" },
        { "{% for m in get_flashed_messages(category_filter=['error', 'message']) %}{{ m }};{% endfor %}",
          "&lt;two&gt;;three;" },
        { "{{ get_flashed_messages(true, ['info']) }}", "[(&#39;info&#39;, &#39;one&#39;)]" },
        { "{{ get_flashed_messages(category_filter=[])|length }}", "3" },
        { "{{ get_flashed_messages()|length }}{{ get_flashed_messages()|length }}", "33" },
        { "{{ get_flashed_messages(1, 2, 3) }}",
          "! <string>.html:1:24: get_flashed_messages() takes at most 2 arguments, 3 given | "
          "{{ get_flashed_messages(1, 2, 3) }}" },
    };
    (void)state;
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct *c = with_flashes();
        assert_string_equal(shown(c, cases[i].source), cases[i].wanted);
        close_made(&m);
    }
    ct *c = with_flashes();
    shown(c, "{{ get_flashed_messages() }}");
    assert_int_equal(ct_session_values(c, "test")->count, 0);
    close_made(&m);
}

static void messages_of_django(void **state)
{
    static const struct {
        const char *source, *wanted;
    } cases[] = {
        { "{% if messages %}<ul>{% for message in messages %}<li{% if message.tags %} class=\"{{ message.tags }}\""
          "{% endif %}>{{ message }}</li>{% endfor %}</ul>{% endif %}",
          "<ul><li class=\"info\">one</li><li class=\"error\">&lt;two&gt;</li><li class=\"message\">three</li></ul>" },
        { "{% for m in messages %}{{ m.level_tag }}={{ m.message|upper }};{% empty %}none{% endfor %}",
          "info=ONE;error=&lt;TWO&gt;;message=THREE;" },
        { "{{ messages|length }}{% for m in messages %}{{ m.nothing }}.{% endfor %}", "3..." },
    };
    (void)state;
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct *c = with_flashes();
        assert_string_equal(shown(c, cases[i].source), cases[i].wanted);
        assert_int_equal(ct_session_values(c, "test")->count, 0);
        close_made(&m);
    }
    ct *c = with_flashes();
    assert_string_equal(shown(c, "{% if messages %}there are{% endif %}"), "there are");
    assert_int_equal(ct_session_values(c, "test")->count, 1); /* asking whether takes none */
    close_made(&m);
    c = open_work(&app, HEAD);
    assert_string_equal(shown(c, "{% if messages %}some{% else %}none{% endif %}"), "none");
    close_made(&m);
}

static void where_there_are_no_sessions(void **state)
{
    static const char source[] = "[{{ session }}{{ messages }}] {{ session is defined }} {{ messages is defined }} "
                                 "{{ get_flashed_messages()|length }}";
    (void)state;
    assert_string_equal(shown(open_work(&without, HEAD), source), "[] False False 0");
    close_made(&m);
    assert_string_equal(shown(open_work(&app, NULL), source), "[] False False 0");
    close_made(&m);
    ct *c = open_work(&app, HEAD); /* values of the page go first */
    assert_string_equal(shown(c, "{{ session }} {{ messages }}", KV("session", 1), KV("messages", 2)), "1 2");
    assert_null(c->session);
    close_made(&m);
}

static ct_value own(ct *c, const ct_value *args)
{
    (void)c, (void)args;
    return ct_value_null();
}

static const ct_app taken = {
    .name = "taken",
    .functions = FUNCTIONS({ .name = "get_flashed_messages", .call = own, .file = "a.c", .line = 3 }),
};

static void the_name_is_taken(void **state)
{
    (void)state;
    assert_problems(&taken, "error: a.c:3: the function get_flashed_messages is Canteen's own: choose another name\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_session),        cmocka_unit_test(flashed_messages_of_flask),
        cmocka_unit_test(messages_of_django), cmocka_unit_test(where_there_are_no_sessions),
        cmocka_unit_test(the_name_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
