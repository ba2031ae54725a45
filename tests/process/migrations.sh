#!/bin/sh
# Migrations of a project from its first model on, on both databases: makemigrations, build, migrate, back; two who
# migrate at once; one that is killed half way; what is wrong. Needs Canteen below BUILD_TREE, and PostgreSQL.
#
# shellcheck disable=SC2317,SC2016 # the checks are called through check(); backquotes in texts
set -u

here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/canteen-migrations.XXXXXX") || exit 1
# shellcheck source=tests/support/check.sh
. "$here/support/check.sh"
# shellcheck source=tests/support/postgres.sh
. "$here/support/postgres.sh"
trap 'postgres_stop; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
chmod 711 "$work"
# shellcheck source=tests/support/environment.sh
. "$here/support/environment.sh"
server=${_CANTEEN_TEST_POSTGRES:-}
if [ -z "$server" ]; then
    postgres_start "$BUILD_TREE" || exit 1
    server=$_CANTEEN_TEST_POSTGRES
fi
unset _CANTEEN_TEST_POSTGRES
# database NAME: makes a database of this run's own, and prints its URL.
database()
{
    psql -qAt -c "create database migrations_$$_$1" "$server" &&
        printf '%s\n' "$server" | sed "s,/[^/?]*\(?\|\$\),/migrations_$$_$1\\1,"
}
postgres=$(database one) || exit 1

DESTDIR=$work/root meson install -C "$BUILD_TREE" --no-rebuild --quiet || exit 1
PKG_CONFIG_PATH=$(dirname "$(find "$work/root" -name canteen.pc)")
prefix=$(dirname "$(dirname "$PKG_CONFIG_PATH")")
LD_LIBRARY_PATH=$prefix/lib
PATH=$prefix/bin:$PATH
LDFLAGS=
if nm -D "$prefix/lib/libcanteen.so" | grep -q __asan_init; then
    LDFLAGS='-fsanitize=address,undefined'
fi
export PKG_CONFIG_PATH LD_LIBRARY_PATH PATH LDFLAGS

# --- The project ------------------------------------------------------------------------------------------------------

cd "$work" && canteen new polls >/dev/null && cd polls || exit 1
rm -rf tests templates/* static/*
cat >app.h <<'END'
#ifndef APP_H
#define APP_H
#include <canteen.h>
extern const ct_app app;
#endif
END

# write_app FIELDS OF CHOICE...
write_app()
{
    cat >app.c <<END
#include "app.h"

CT_MODEL(Question, (text, title, .max_length = 50));
CT_MODEL(Choice, (ref, question, Question, .on_delete = CT_CASCADE)$1);

CT_MIGRATIONS(polls);

const ct_app app = { .name = "polls", .models = MODELS(Question, Choice), .migrations = polls_migrations };
END
}

build()
{
    make -s CFLAGS='-O1 -g -Wall -Wextra -Werror' "$@"
}

# refuses TEXT COMMAND...: the command ends with 1 and has the text in what it says.
refuses()
{
    text=$1
    shift
    "$@" >out 2>&1
    code=$?
    cat out
    [ "$code" -eq 1 ] && grep -qF -e "$text" out
}

says()
{
    text=$1
    shift
    "$@" >out 2>&1
    code=$?
    cat out
    [ "$code" -eq 0 ] && grep -qF -e "$text" out
}

both_compilers_take_them()
{
    for compiler in gcc clang-14; do
        command -v "$compiler" >/dev/null || continue
        for file in migrations/*.c; do
            # shellcheck disable=SC2046 # words
            "$compiler" -std=gnu17 -Wall -Wextra -Werror $(pkg-config --cflags canteen) -c -o file.o "$file" || return
        done
    done
}

write_app ', (text, choice, .max_length = 50)'
check 'a program builds before there is any migration' build
check 'makemigrations writes the first' says '+ Create model Choice' ./polls makemigrations
check 'it is named 0001_initial' test -f migrations/0001_initial.c
check 'and must be built in before there is another' refuses 'is not in this program' ./polls makemigrations
check 'the program builds with it' build
check 'both compilers take the files' both_compilers_take_them
check 'nothing more is to be made' says 'No changes detected' ./polls makemigrations
check 'sqlmigrate shows it' says 'CREATE TABLE "polls_choice"' ./polls sqlmigrate polls 0001
check 'migrate --check tells' refuses 'polls.0001_initial' ./polls migrate --check
check 'check tells too' says 'warning: 1 migration is not applied' ./polls check
check 'showmigrations shows none as applied' says '[ ] 0001_initial' ./polls showmigrations
check 'migrate --plan shows what would be done' says 'polls.0001_initial' ./polls migrate --plan
check 'dumpdata says that there is no database' refuses 'is not there: `migrate` makes it' ./polls dumpdata
check 'and none of these has made one' test ! -e polls.db
check 'a database that is not there is no mistake of the program' \
    says 'warning: which migrations are applied is not known' \
    env DATABASE_URL=postgresql://nobody@127.0.0.1:1/x ./polls check
check 'migrate applies it' says 'Applying polls.0001_initial... OK' ./polls migrate
check 'showmigrations shows it' says '[X] 0001_initial' ./polls showmigrations
check 'and again there is nothing to do' says 'No migrations to apply.' ./polls migrate

write_app ', (text, choice, .max_length = 50), (integer, votes)'
check 'a change builds' build
check 'makemigrations --check tells of it' refuses '+ Add field votes to Choice' ./polls makemigrations --check
check 'it wants a value for rows' refuses '--fill polls.Choice.votes=VALUE' ./polls makemigrations
check 'with one it writes the second' says 'migrations/0002_choice_votes.c' ./polls makemigrations \
    --fill polls.Choice.votes=7
check 'which builds' build
sqlite3 polls.db "insert into polls_question (title) values ('q')" \
    "insert into polls_choice (question_id, choice) values (1, 'a')"
check 'and is applied' says 'Applying polls.0002_choice_votes... OK' ./polls migrate
check 'rows have the value' test "$(sqlite3 polls.db 'select votes from polls_choice')" = 7
check 'back to the first' says 'Unapplying polls.0002_choice_votes... OK' ./polls migrate polls 0001
check 'rows are still there' test "$(sqlite3 polls.db 'select choice from polls_choice')" = a
write_app ', (text, words, .max_length = 50), (integer, votes)'
check 'a rename builds' build
check 'nobody can be asked' refuses '--rename polls.Choice.choice=words' ./polls makemigrations
at_a_terminal_that_ends()
{
    script -qec './polls makemigrations --dry-run' /dev/null </dev/null >out 2>&1
    code=$?
    cat out
    [ "$code" -eq 1 ] && grep -qF 'renamed to words? [y/N]' out && grep -qF -e '--rename polls.Choice.choice=words' out
}
check 'the end of input is no answer' at_a_terminal_that_ends
check 'an answer to nothing is a mistake' refuses '--rename polls.Choice.choice=word renames nothing' \
    ./polls makemigrations --no-input --dry-run --rename polls.Choice.choice=word
check 'as is a value for nothing' refuses '--fill polls.Choice.words=x fills nothing' ./polls makemigrations \
    --dry-run --rename polls.Choice.choice=words --fill polls.Choice.words=x
write_app ', (text, words, .max_length = 60), (integer, votes)'
check 'a rename with another change builds' build
check 'told, it is a rename and a change' says '~ Alter field words on Choice' ./polls makemigrations --dry-run \
    --rename polls.Choice.choice=words
check 'and nothing goes' says '~ Rename field choice on Choice to words' ./polls makemigrations --dry-run \
    --rename polls.Choice.choice=words
write_app ', (text, words, .max_length = 50), (integer, votes)'
check 'the rename alone builds' build
check 'told, it is a rename' says '0003_rename_choice_choice_words.c' ./polls makemigrations \
    --rename polls.Choice.choice=words
check 'an empty one' build
check 'for a step of our own' says '0004_ours.c' ./polls makemigrations --empty -n ours polls

# --- Killed half way, and two at once ---------------------------------------------------------------------------------

cat >migrations/0004_ours.c <<'END'
#include <canteen.h>
#include <canteen/operations.h>
#include <fcntl.h>
#include <unistd.h>

static void slowly(ct *c)
{
    ct_past_update(c, "polls.Choice", ct_object(c, KV("words", "changed")), NULL, ARGS());
    close(open("begun", O_WRONLY | O_CREAT, 0600));
    for (int i = 0; i < 1200 && access("hold", F_OK) == 0; i++)
        ct_sleep(c, 50 * CT_MILLISECOND);
}

CT_MIGRATION(polls, 0004_ours,
    .after = AFTER("polls.0003_rename_choice_choice_words"),
    .operations = OPERATIONS(ADD_FIELD("Choice", (integer, more, .null = true)), RUN(slowly, ct_run_nothing)));
END
write_app ', (text, words, .max_length = 50), (integer, votes), (integer, more, .null = true)'
check 'our own step builds' build

# until_true COMMAND...: waited for, at most 30 s.
until_true()
{
    for _ in $(seq 600); do
        ! "$@" || return 0
        sleep 0.05
    done
    return 1
}

killed()
{
    ./polls migrate polls 0003 >/dev/null || return
    touch hold
    rm -f begun
    ./polls migrate >out 2>&1 &
    victim=$!
    until_true test -e begun
    kill -9 "$victim"
    wait "$victim"
    cat out
    ./polls showmigrations >out 2>&1
    cat out
    grep -qF '[ ] 0004_ours' out && grep -qF '[X] 0003_rename' out
}

two_at_once()
{
    ./polls migrate >one 2>&1 &
    first=$!
    ./polls migrate >two 2>&1 &
    second=$!
    until_true grep -qs 'Waiting for another migrate' one two
    rm -f hold
    wait "$first"
    code=$?
    wait "$second"
    other=$?
    cat one two
    [ "$code" -eq 0 ] && [ "$other" -eq 0 ] && [ "$(cat one two | grep -c 'ours... OK')" -eq 1 ] &&
        grep -qF 'Waiting for another migrate' one two
}

run_sql()
{
    case ${DATABASE_URL:-} in
    post*) psql -qAt -v ON_ERROR_STOP=1 -c "$1" "$DATABASE_URL" ;;
    *) sqlite3 polls.db "$1" ;;
    esac
}

holds()
{
    got=$(run_sql "$1")
    echo "$got"
    [ "$got" = "$2" ]
}

both_ways()
{
    check "$1: to the third" says 'polls.0003_rename_choice_choice_words... OK' ./polls migrate polls 0003
    run_sql "insert into polls_question (title) values ('p')"
    run_sql "insert into polls_choice (question_id, words, votes) values (1, 'z', 3)"
    check "$1: killed half way it has done nothing" killed
    check "$1: rows are as they were" holds "select count(*) from polls_choice where words = 'changed'" 0
    check "$1: two at once do it once" two_at_once
    check "$1: rows are changed" holds "select count(*) from polls_choice where words <> 'changed'" 0
    check "$1: all the way back" says 'Unapplying polls.0001_initial... OK' ./polls migrate polls zero
    check "$1: and forwards again" says '0004_ours... OK' ./polls migrate
}

both_ways SQLite
DATABASE_URL=$postgres
export DATABASE_URL
both_ways PostgreSQL
unset DATABASE_URL

# --- Squashed, and merged ---------------------------------------------------------------------------------------------

check 'squashing' says '0001_squashed_0003' ./polls squashmigrations polls 0003 --no-input
check 'the squashed one builds' build
check 'it stands for what is applied, and is not noted yet' \
    says '[-] 0001_squashed_0003_rename_choice_choice_words (3 squashed migrations): run `migrate`' \
    ./polls showmigrations
cp -r migrations "$work/before"

# The old files and .replaces go once it is noted, on both databases; and all of it works without them.
squashed_on()
{
    check "$1: there is nothing to apply" says 'No migrations to apply.' ./polls migrate
    check "$1: and it is noted" says '[X] 0001_squashed_0003_rename' ./polls showmigrations
}

without_old_files()
{
    check "$1: without the old files there is nothing to apply" says 'No migrations to apply.' ./polls migrate
    check "$1: back to nothing" says 'Unapplying polls.0001_squashed_0003_rename_choice_choice_words... OK' \
        ./polls migrate polls zero
    check "$1: and again" says 'Applying polls.0001_squashed_0003_rename_choice_choice_words... OK' ./polls migrate
}

squashed_on SQLite
DATABASE_URL=$postgres
export DATABASE_URL
squashed_on PostgreSQL
unset DATABASE_URL
rm migrations/0001_initial.c migrations/0002_choice_votes.c migrations/0003_rename_choice_choice_words.c
squashed=$(basename migrations/0001_squashed_*.c .c)
sed -i '/REPLACES(/d' "migrations/$squashed.c"
sed -i "s/polls.0003_rename_choice_choice_words/polls.$squashed/" migrations/0004_ours.c
check 'the program of before sees that files are gone' \
    refuses 'migrations/0001_initial.c is gone, and is in this program' ./polls makemigrations
check 'and takes them out of the list, so that it builds' build
check 'models are as the migrations say' says 'No changes detected' ./polls makemigrations
without_old_files SQLite
DATABASE_URL=$postgres
export DATABASE_URL
without_old_files PostgreSQL
unset DATABASE_URL
rm -r migrations && mv "$work/before" migrations && touch migrations/*.c
check 'by hand two lines of the list go' grep -q 'delete its two lines here' migrations/migrations.c
check 'the old files are back' build
sed 's/0004_ours/0004_theirs/g; /static void slowly/,/^}/d; s/ADD_FIELD.*/DROP_MODEL("None")));/' \
    migrations/0004_ours.c | sed 's/DROP_MODEL("None")/RUN_SQL("", "")/' >migrations/0004_theirs.c
check 'a file from elsewhere is told' refuses '0004_theirs.c is not in this program' ./polls makemigrations
check 'and in the list at once' build
check 'two last ones are a conflict' refuses 'several last migrations' ./polls migrate
check 'which --merge joins' says '0005_merge' ./polls makemigrations --merge
check 'and builds' build
check 'and is applied' says '0005_merge' ./polls migrate

# --- An index that is made while others write -------------------------------------------------------------------------

check 'another of our own' says '0006_index.c' ./polls makemigrations --empty -n index polls
cat >migrations/0006_index.c <<'END'
#include <canteen.h>
#include <canteen/operations.h>

CT_MIGRATION(polls, 0006_index,
    .after = AFTER("polls.0005_merge_0004_ours_0004_theirs"), .not_atomic = true,
    .operations = OPERATIONS(ADD_INDEX_CONCURRENTLY("Choice", UNIQUE("words"))));
END
sed -n 's/.*merge_name.*//; s/^CT_MIGRATION(polls, \(0005_merge[a-z0-9_]*\),.*/\1/p' migrations/0005_merge*.c >merged
sed -i "s/polls.0005_merge[a-z0-9_]*/polls.$(cat merged)/" migrations/0006_index.c
DATABASE_URL=$postgres
export DATABASE_URL
check 'it builds' build
check 'the others are applied' says '0005_merge' timeout 30 ./polls migrate polls 0005
run_sql "insert into polls_question (title) values ('twice')"
run_sql "insert into polls_choice (question_id, words, votes) select id, 'same', 1 from polls_question,
    generate_series(1, 2) where title = 'twice'"
check 'a unique index of what is there twice fails, and says what' refuses 'Key (words)=(same) is duplicated' \
    timeout 30 ./polls migrate
check 'and leaves an invalid one' holds 'select count(*) from pg_index where not indisvalid' 1
run_sql "delete from polls_choice where words = 'same'"
check 'which is no hindrance' says 'Applying polls.0006_index... OK' timeout 30 ./polls migrate
check 'now it is valid' holds \
    "select indisvalid from pg_index join pg_class on oid = indexrelid where relname ~ 'choice_words.*uniq'" t
# Somebody writes to the table, so that the index has to wait; the server goes on with it when migrate is dead.
killed_over_an_index()
{
    timeout 30 ./polls migrate polls 0005 >/dev/null || return
    psql -qAt -c 'begin; lock table polls_choice in row exclusive mode; select pg_sleep(3)' "$DATABASE_URL" >/dev/null &
    writer=$!
    sleep 0.5
    ./polls migrate >out 2>&1 &
    victim=$!
    tries=0
    while [ "$(run_sql 'select count(*) from pg_index where not indisvalid')" -ne 1 ] && [ "$tries" -lt 100 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -9 "$victim"
    wait "$victim" "$writer"
    ./polls showmigrations >out 2>&1
    cat out
    [ "$tries" -lt 100 ] && grep -qF '[ ] 0006_index' out
}

check 'killed over it the migration is not applied' killed_over_an_index
check 'the next run goes on' says 'Going on with step 1 of 2, where it stopped before and was killed' \
    timeout 60 ./polls migrate
check 'the index is there and valid' holds \
    "select indisvalid from pg_index join pg_class on oid = indexrelid where relname ~ 'choice_words.*uniq'" t
check 'and no step is remembered' holds "select to_regclass('canteen_migrations_steps')" ''
check 'through a pooler it cannot be' refuses 'over a direct connection' env CANTEEN_DATABASE_POOLED=true \
    ./polls migrate polls 0005
unset DATABASE_URL

# --- What does not go together ----------------------------------------------------------------------------------------

mkdir -p "$work/two" && cd "$work/two" && canteen new people >/dev/null && cd people || exit 1
rm -rf tests templates/* static/*
cat >app.c <<'END'
#include <canteen.h>
#include <canteen/operations.h>

CT_MODEL(Human, (text, name));
CT_MODEL(Post, (ref, by, Human, .on_delete = CT_CASCADE));

CT_MIGRATION(people, 0001_initial, .operations = OPERATIONS(CREATE_MODEL("Person", (text, name))));
CT_MIGRATION(people, 0002_human, .after = AFTER("people.0001_initial"),
    .operations = OPERATIONS(RENAME_MODEL("Person", "Human"), RUN_SQL(RUNS, "")));
#ifdef ABORTS
static void stops(ct *c)
{
    ct_abort(c, 500, "no more of this");
}
CT_MIGRATION(people, 0003_stops, .after = AFTER("people.0002_human"), .operations = OPERATIONS(RUN(stops, stops)));
#endif
static const ct_migration *const people_migrations[] = { &people_0001_initial, &people_0002_human,
#ifdef ABORTS
    &people_0003_stops,
#endif
    NULL };
CT_MIGRATION(blog, 0001_initial, .after = AFTER(AFTER_WHAT),
    .operations = OPERATIONS(CREATE_MODEL("Post", (ref, by, REFERS_TO, .on_delete = CT_CASCADE))));
static const ct_migration *const blog_migrations[] = { &blog_0001_initial, NULL };

static const ct_app blog = { .name = "blog", .models = MODELS(Post), .migrations = blog_migrations };
const ct_app people = { .name = "people", .models = MODELS(Human), .migrations = people_migrations,
                        .routes = ROUTES(MOUNT("/blog", &blog)) };

int main(int argc, char **argv)
{
    return ct_main(argc, argv, &people);
}
END

# build_two AFTER MODEL [SQL [FLAG]]
build_two()
{
    # shellcheck disable=SC2046,SC2086 # words
    ${CC:-cc} -std=gnu17 -O1 -Wall -Wextra -Werror "-DAFTER_WHAT=\"$1\"" "-DREFERS_TO=\"$2\"" "-DRUNS=\"${3:-}\"" \
        ${4:-} $(pkg-config --cflags canteen) -o two app.c $LDFLAGS $(pkg-config --libs canteen)
}

check 'a reference to a name that is gone builds' build_two people.0002_human people.Person
for command in 'migrate' 'makemigrations' 'check'; do
    check "$command refuses it" refuses \
        'blog.0001_initial refers to people.Person (by blog.Post.by), which there is not at this point' ./two "$command"
done
check 'in its place it builds' build_two people.0001_initial people.Person
check 'and is no mistake' says 'OK' ./two migrate --database default
check 'but its name is not squashed away' refuses 'blog.0001_initial refers to people.Person' \
    ./two squashmigrations people 0002
check 'two apps in one folder are told' refuses 'the apps people and blog have their MODELS(...) in one folder' \
    ./two makemigrations --empty people
check 'and nothing is written' test ! -e migrations
check 'several statements in one RUN_SQL' build_two people.0001_initial people.Person \
    "insert into people_human (name) values ('a;b'); insert into people_human (name) values ('c')" -DABORTS
two_rows()
{
    for file in *.db; do
        cp "$file" polls.db
    done
    holds 'select count(*) from people_human' 2
}

both_statements()
{
    check "$1: a function that aborts has failed" refuses 'Applying people.0003_stops... FAILED' ./two migrate
    check "$1: its migration is named" refuses 'error: people.0003_stops: no more of this' ./two migrate
    check "$1: and nothing of it done" refuses 'Nothing of this migration was done' ./two migrate
    check "$1: both statements are done" two_rows
}
rm -f ./*.db
both_statements SQLite
DATABASE_URL=$(database two)
export DATABASE_URL
both_statements PostgreSQL
unset DATABASE_URL
check 'a graph that is broken builds' build_two people.0009_none people.Person
check 'check takes it for an error' refuses 'error: ' ./two check

echo "1..$number"
exit "$failed"
