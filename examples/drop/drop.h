#ifndef DROP_H
#define DROP_H

#include <canteen.h>

extern const ct_app drop;
extern const ct_files drop_templates, drop_static; /* written by `canteen embed`, see meson.build */

extern const ct_test text_is_pasted, files_are_dropped, only_the_owner_deletes, links_expire, bad_input_is_refused;

#endif
