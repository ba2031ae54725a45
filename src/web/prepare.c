/* Everything that a site needs before it serves, in the order in which the parts need each other: its routes, who may
 * ask, keys, sessions, templates, static files, single-page applications, uploads. Each part finds its own mistakes.
 * The commands of a program and the clients of its tests prepare their sites here. */
#include "web/prepare.h"

#include "web/client_info.h"
#include "web/database.h"
#include "web/frontend.h"
#include "web/keys.h"
#include "web/session.h"
#include "web/static.h"
#include "web/storage.h"
#include "web/templates.h"

/* Where the value of a setting comes from: "main.c:12", "environment CANTEEN_BIND". */
static const char *source_of(const ct_site *site, const char *setting)
{
    return ct_settings_find(site->settings, setting)->source;
}

/* Hosts and proxies are read where they are used; what is wrong with them begins with the setting's name. */
static void prepare_client_info(ct_site *site, ct_problems *problems)
{
    ct_problems found = { 0 };
    ct_client_info_prepare(site, &found);
    for (size_t i = 0; i < found.count; i++) {
        const char *text = found.items[i].text;
        const char *setting = strncmp(text, "allowed_hosts", 13) == 0 ? "allowed_hosts" : "trusted_proxies";
        ct_problems_add(problems, found.items[i].severity, "%s: %s", source_of(site, setting), text);
    }
    ct_problems_finish(&found);
}

void ct_site_prepare(ct_site *site, const ct_app *app, ct_settings *settings, ct_problems *problems)
{
    ct_site_load(site, app, settings, problems);
    prepare_client_info(site, problems);
    ct_keys_prepare(site, problems);
    ct_session_prepare(site, problems);
    ct_templates_prepare(site, problems);
    ct_statics_prepare(site, problems);
    ct_frontends_prepare(site, problems);
    ct_databases_prepare(site, problems);
    const char *source = source_of(site, "upload_folder");
    ct_storage_check(site, source, strcmp(source, "default") == 0, problems);
}
