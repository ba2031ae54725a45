#!/bin/sh
# The commands that work with databases, as their users meet them: inspectdb, dumpdata, loaddata, flush, dbshell, query.
# On SQLite and on PostgreSQL, with the same results. Needs tests/programs/library_app below BUILD_TREE.
#
# shellcheck disable=SC2016,SC2317 # backquotes in texts; functions that are called by their names
set -u

app=$BUILD_TREE/tests/programs/library_app
include=$PWD/include
fixtures=$PWD/tests/process/fixtures
postgres=${_CANTEEN_TEST_POSTGRES:-}
work=$(mktemp -d "${TMPDIR:-/tmp}/canteen-database-commands.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

. tests/support/environment.sh
cd "$work" || exit 1
HOME=$work
export HOME

number=0
failures=0
result()
{
    number=$((number + 1))
    if [ "$1" = ok ]; then
        echo "ok $number - $2"
    else
        failures=$((failures + 1))
        echo "not ok $number - $2"
    fi
}

# expect NAME CODE STDOUT STDERR COMMAND...: runs the command with the file `in` as its input, if there is one, and
# compares all three, whole; "*" stands for anything. Times are shown as N ms.
expect()
{
    name="$on: $1" code=$2 wanted_out=$3 wanted_err=$4
    shift 4
    [ -e in ] || : >in
    timeout 60 "$@" >out 2>err <in
    got=$?
    rm -f in
    out=$(sed 's/, [0-9.]* ms)$/, N ms)/' out)
    err=$(cat err)
    if [ "$got" -eq "$code" ] && { [ "$wanted_out" = '*' ] || [ "$out" = "$wanted_out" ]; } &&
        { [ "$wanted_err" = '*' ] || [ "$err" = "$wanted_err" ]; }; then
        result ok "$name"
        return
    fi
    result failed "$name"
    printf 'exit code %s, expected %s\n--- standard output\n%s\n--- expected\n%s\n' "$got" "$code" "$out" "$wanted_out"
    printf '%s\n%s\n--- expected\n%s\n' '--- standard error' "$err" "$wanted_err"
}

# check NAME COMMAND...: it succeeds.
check()
{
    name="$on: $1"
    shift
    if "$@" >/dev/null; then
        result ok "$name"
    else
        result failed "$name"
    fi
}

# same NAME FILE FILE
same()
{
    if cmp -s "$2" "$3"; then
        result ok "$on: $1"
    else
        result failed "$on: $1"
        diff "$2" "$3" | head -20
    fi
}

# What a new database is called, and CANTEEN_DATABASE_URL set to it.
databases=0
new_database()
{
    databases=$((databases + 1))
    if [ "$on" = sqlite ]; then
        CANTEEN_DATABASE_URL=sqlite:$work/data$databases.db
    else
        psql -qX "$postgres" -c "create database commands_$$_$databases" || return
        CANTEEN_DATABASE_URL=$(printf '%s' "$postgres" | sed "s|/[^/]*\$|/commands_$$_$databases|")
    fi
    export CANTEEN_DATABASE_URL
}

# sql TEXT: to the database itself.
sql()
{
    if [ "$on" = sqlite ]; then
        sqlite3 "${CANTEEN_DATABASE_URL#sqlite:}" "$1"
    else
        psql -qAtX "$CANTEEN_DATABASE_URL" -c "$1"
    fi
}

drop_databases()
{
    while [ "$databases" -gt 0 ] && [ "$on" != sqlite ]; do
        psql -qX "$postgres" -c "drop database if exists commands_$$_$databases with (force)"
        databases=$((databases - 1))
    done
    databases=0
}

# --- fixtures ---------------------------------------------------------------------------------------------------------

# all.json: what loaddata takes, natural keys, rows that refer to later ones, every kind with and without a value.
# dump.json: what dumpdata makes of it. natural.json: some of it with natural keys.
cp "$fixtures"/*.json .

fixtures()
{
    new_database || return
    expect 'tables' 0 '' '' "$app" tables
    expect 'loaddata' 0 'all.json: 12 rows
12 rows loaded.' '' "$app" loaddata all.json
    "$app" dumpdata >first.json
    same 'dumpdata' first.json dump.json
    expect 'what was loaded is loaded again' 0 '*' '' "$app" loaddata all.json dump.json
    expect 'dumpdata to a file' 0 '12 rows written to second.json.' '' "$app" dumpdata -o second.json
    same 'rows took the place of those with their keys' second.json dump.json
    expect 'flush' 0 '9 tables emptied.' '' "$app" flush --no-input
    expect 'dumpdata of nothing' 0 '[]' '' "$app" dumpdata
    cp dump.json in
    expect 'loaddata of standard input' 0 'standard input: 12 rows
12 rows loaded.' '' "$app" loaddata -
    "$app" dumpdata >third.json
    same 'the way back is the way there' third.json dump.json
    expect 'keys go on behind those that were loaded' 0 '(1 row changed, N ms)' '' \
        "$app" query --write "insert into library_author (name) values ('Next')"
    expect 'the next key' 0 '*' '' "$app" query 'Author name=Next id=8'
    check 'the next key is 8' grep '^(1 row,' out
    "$app" query --write "delete from library_author where id = 8" >/dev/null
    "$app" dumpdata library.country library.Author library.book --natural-foreign --natural-primary --indent 2 >nat.json
    same 'natural keys' nat.json natural.json
    expect 'models left out' 0 '[
{"model":"library.tag","pk":"c","fields":{}},
{"model":"library.tag","pk":"zé","fields":{}},
{"model":"library.pair","pk":[1,"x"],"fields":{"weight":"-Infinity"}},
{"model":"library.pair","pk":[2,"x, \"y\""],"fields":{"weight":1.0}}
]' '' "$app" dumpdata library.tag library.Pair library.visit --exclude library.visit
    new_database || return
    "$app" tables
    printf '[{"model": "library.tag", "pk": "%s", "fields": {}},{"model": "library.tag", "pk": "c", "fields": {}}]' zé \
        >tags.json
    expect 'natural keys into another database' 0 'natural.json: 4 rows
tags.json: 2 rows
6 rows loaded.' '' "$app" loaddata natural.json tags.json
    "$app" dumpdata library.country library.Author library.book --natural-foreign --natural-primary --indent 2 >nat.json
    same 'natural keys there and back' nat.json natural.json
}

# Rows without keys among rows with keys, of two tables in turn.
new_keys()
{
    new_database || return
    "$app" tables
    printf '[%s]' '{"model":"library.kinds","pk":1,"fields":{"a":"one"}},{"model":"library.kinds","fields":{"a":"new"}},
{"model":"library.kinds","pk":8,"fields":{"a":"eight"}},{"model":"library.country","pk":1,"fields":{"code":"de"}},
{"model":"library.kinds","fields":{"a":"new"}},{"model":"library.country","fields":{"code":"fr"}},
{"model":"library.country","pk":2,"fields":{"code":"fr"}},{"model":"library.kinds","fields":{"a":"new"}}' >in
    expect 'rows without keys come behind rows with keys' 0 'standard input: 8 rows
8 rows loaded.' '' "$app" loaddata -
    expect 'each has a key of its own' 0 'id  a
--  -----
 1  one
 2  new
 8  eight
 9  new
10  new
(5 rows, N ms)' '' "$app" query 'Kinds show id a order id'
    expect 'and a row with a key took the place of the one that had it' 0 'id  code
--  ----
 1  de
 2  fr
(2 rows, N ms)' '' "$app" query 'Country order id'
}

# Numbers in json have more digits than a double.
exact_numbers()
{
    new_database || return
    "$app" tables
    dumped='{"model":"library.kinds","pk":1,"fields":{"a":null,"b":null,"h":null,"i":null,"j":"9007199254740993.0001",
"k":null,"l":null,"m":null,"n":null,"o":null,"p":null,"q":QQ,"r":null,"s":null,"t":["9007199254740993.0001"]}}'
    q='{"a":[12345678901234567890123,-0.1234567890123456789,0.30000000000000004,1.5],"b":18446744073709551615}'
    printf '[\n%s\n]\n' "$(printf '%s' "$dumped" | tr -d '\n' | sed "s/QQ/$q/")" >exact.json
    sed 's/"j":"\([0-9.]*\)"/"j":\1/' exact.json >in # decimals may be numbers too
    expect 'loaddata of long numbers' 0 '*' '' "$app" loaddata -
    "$app" dumpdata >after.json
    same 'long numbers there and back' after.json exact.json
}

# A replica is read like what it is one of, and never written.
replicas()
{
    new_database || return
    sql "create table inspected_thing (id $([ "$on" = sqlite ] && echo integer || echo serial) primary key, n bigint)"
    sql 'insert into inspected_thing (n) values (5)'
    cat >mirrored.c <<'END'
#include <canteen.h>
CT_MODEL(Thing, (integer, n));
END
    compile mirrored '.settings = SETTINGS(SETTING("reader_url", "")),
        .databases = DATABASES(DATABASE("reader", .setting = "reader_url", .replica_of = "default")),'
    only='inspected: the database "reader" is a replica of "default", which is only read: write --database default'
    printf '[{"model":"inspected.thing","pk":2,"fields":{"n":6}}]' >thing.json
    export CANTEEN_READER_URL="$CANTEEN_DATABASE_URL"
    expect 'dumpdata of a replica' 0 '[
{"model":"inspected.thing","pk":1,"fields":{"n":5}}
]' '' ./mirrored dumpdata --database reader
    expect 'dumpdata of a replica of one app' 0 '[
{"model":"inspected.thing","pk":1,"fields":{"n":5}}
]' '' ./mirrored dumpdata --database reader inspected
    expect 'loaddata into a replica' 1 '' "$only" ./mirrored loaddata --database reader thing.json
    expect 'flush of a replica' 1 '' "$only" ./mirrored flush --database reader --no-input
    expect 'loaddata beside a replica' 0 'thing.json: 1 row
1 row loaded.' '' ./mirrored loaddata thing.json
    if [ "$on" = sqlite ]; then
        ./mirrored dbshell --database reader -- 'delete from inspected_thing' 2>err
        check 'dbshell of a replica only reads' grep -i 'readonly' err
    fi
    check 'no row is missing' [ "$(sql 'select count(*) from inspected_thing')" = 2 ]
    unset CANTEEN_READER_URL
}

# Errors of the database, in the words of somebody who has written no line of C.
troubles()
{
    new_database || return
    sql 'create table x (y integer)'
    expect 'dumpdata without a table' 1 '' '*' "$app" dumpdata library.tag
    check 'it begins with what is wrong' grep '^library: the table library_tag of the model library\.Tag is not' err
    [ "$on" = sqlite ] || return 0
    # A user who may read a database, and not write its folder.
    mkdir locked
    "$app" tables
    cp "${CANTEEN_DATABASE_URL#sqlite:}" locked/read.db
    as=
    [ "$(id -u)" -ne 0 ] || as='setpriv --reuid=nobody --regid=nogroup --clear-groups'
    chmod 755 "$work"
    chmod 555 locked
    chmod 444 locked/read.db
    # shellcheck disable=SC2086 # words
    expect 'who only reads is not told of writing' 1 '' "the database \"default\" (sqlite:$work/locked/read.db) cannot \
be reached: the user of this process may not write in the folder of \"$work/locked/read.db\", and SQLite makes its log \
there (-wal, -shm), for reading too" \
        env CANTEEN_DATABASE_URL="sqlite:$work/locked/read.db" TMPDIR=/tmp $as "$app" query 'Tag count'
    chmod 755 locked
}

# refused NAME MESSAGE TEXT: a fixture that is not taken; whatever it says first is not there afterwards.
refused()
{
    printf '%s\n' "$3" >bad.json
    expect "$1" 1 '*' "library: $2" "$app" loaddata bad.json
}

mistakes()
{
    new_database || return
    "$app" tables
    "$app" loaddata all.json >/dev/null
    refused 'no such model' 'bad.json:1: there is no model "library.bok"; did you mean "library.book"?' \
        '[{"model":"library.bok","pk":1,"fields":{}}]'
    refused 'no such field' 'bad.json:2: library.book 1: the model has no field "titel"; did you mean "title"?' \
        '[
{"model":"library.book","pk":1,"fields":{"titel":"x"}}]'
    refused 'null' 'bad.json:1: library.book 1: title: This field cannot be null.' \
        '[{"model":"library.book","pk":1,"fields":{"title":null}}]'
    refused 'a key of another kind' 'bad.json:1: library.book "x": id: Enter a whole number.' \
        '[{"model":"library.book","pk":"x","fields":{}}]'
    refused 'a value of another kind' 'bad.json:1: library.country 5: code: a number is no value of the kind text' \
        '[{"model":"library.country","pk":5,"fields":{"code":5}}]'
    long=$(printf '%0101d' 0)
    refused 'text that is too long' \
        'bad.json:1: library.book 5: title: Ensure this value has at most 100 characters (it has 101).' \
        "[{\"model\":\"library.book\",\"pk\":5,\"fields\":{\"title\":\"$long\",\"author\":7}}]"
    refused 'too many digits of a decimal' \
        'bad.json:1: library.kinds 5: j: Ensure that there are no more than 4 decimal places.' \
        '[{"model":"library.kinds","pk":5,"fields":{"j":"1.23456"}}]'
    refused 'a row in the midst of others that the database refuses' \
        'bad.json:4: library.country 12: code: Country with this Code already exists.' '[
{"model":"library.country","pk":10,"fields":{"code":"x1"}},
{"model":"library.country","pk":11,"fields":{"code":"x2"}},
{"model":"library.country","pk":12,"fields":{"code":"x1"}},
{"model":"library.country","pk":13,"fields":{"code":"x3"}}]'
    of='bad.json:1: library.book 5:'
    if [ "$on" = sqlite ]; then
        of="$of doubled: This value is not valid."
    else
        of="$of This value is out of range. (the database says \"bigint out of range\")"
    fi
    refused 'what the database computes a column of' "$of" \
        '[{"model":"library.book","pk":5,"fields":{"title":"x","author":7,"pages":4611686018427387904}}]'
    refused 'a link in the midst of others that comes twice' 'bad.json:3: library.book 6: tags: a key comes twice' '[
{"model":"library.book","pk":5,"fields":{"title":"x","author":7,"tags":["c"]}},
{"model":"library.book","pk":6,"fields":{"title":"x","author":7,"tags":["c","c"]}},
{"model":"library.book","pk":8,"fields":{"title":"x","author":7,"tags":[]}}]'
    refused 'a day that is none' 'bad.json:1: library.kinds 5: m: Enter a valid date.' \
        '[{"model":"library.kinds","pk":5,"fields":{"m":"2026-02-30"}}]'
    refused 'too many digits' 'bad.json:1: library.kinds 5: h: Enter a whole number.' \
        '[{"model":"library.kinds","pk":5,"fields":{"h":"99999999999999999999"}}]'
    refused 'a natural key that leads nowhere' \
        'bad.json:1: library.book 5: author: there is no library.Author with the natural key ["Bob",null]' \
        '[{"model":"library.book","pk":5,"fields":{"title":"x","author":["Bob",null]}}]'
    refused 'half a natural key' 'bad.json:1: library.book 5: author: the natural key has 1 parts, which are too few' \
        '[{"model":"library.book","pk":5,"fields":{"title":"x","author":["Bob"]}}]'
    refused 'what is there already' 'bad.json:3: library.country 5: code: Country with this Code already exists.' \
        '[{"model":"library.tag","pk":"new","fields":{}},

{"model":"library.country","pk":5,"fields":{"code":"de"}}]'
    refused 'a key twice' 'bad.json:1: library.book 5: tags: a key comes twice' \
        '[{"model":"library.book","pk":5,"fields":{"title":"x","author":7,"tags":["c","c"]}}]'
    refused 'no JSON' 'bad.json:2: nothing follows this comma: remove it' \
        '[{"model":"library.country",
"pk":5,"fields":{"code":"xx",}}]'
    refused 'a comma too few' "bad.json: line 1: there is no ',' between two objects" \
        '[{"model":"library.tag","pk":"new","fields":{}} {}]'
    refused 'no end' 'bad.json: line 2: the array has no end' '[{"model":"library.tag","pk":"new","fields":{}}'
    refused 'half an object' 'bad.json: line 1: the object that begins here has no end' '[{"model":"library.tag'
    refused 'no array' "bad.json: line 1: a fixture begins with '[' and is an array of objects" '{}'
    refused 'another word' \
        'bad.json:1: an object has model, pk and fields, and no "field"; did you mean "fields"?' \
        '[{"model":"library.tag","pk":"new","field":{}}]'
    expect 'a file that is not there' 1 '' 'library: none.json: it cannot be opened: No such file or directory' \
        "$app" loaddata none.json
    printf '[{"model":"library.book","pk":55,"fields":{"title":"x","author":99}}]' >bad.json
    expect 'a row that is not there' 1 '*' '*' "$app" loaddata bad.json
    check 'it says which column' grep author_id err
    printf '[{"model":"library.tag","pk":"c","fields":{"color":"red"}},{"model":"library.bok","fields":{}}]' >in
    expect 'what is not there is passed over' 0 'standard input: 1 row
1 row loaded.' '' "$app" loaddata --ignore-nonexistent -
    "$app" dumpdata >after.json
    same 'nothing of what was refused has stayed' after.json dump.json
    expect 'dumpdata of no app' 1 '' 'library: there is no app with models "librar"; did you mean "library"?' \
        "$app" dumpdata librar
    expect 'no such database' 1 '' \
        'library: there is no database "x": .databases = DATABASES(...) of the app names them' \
        "$app" dumpdata --database x
    if [ "$on" = sqlite ]; then
        none="the database \"default\" (sqlite:$work/none.db) is not there: \`migrate\` makes it"
        for command in 'dumpdata' 'flush --no-input' 'inspectdb' 'loaddata all.json'; do
            # shellcheck disable=SC2086 # words
            expect "$command of no file" 1 '' "library: $none" \
                env CANTEEN_DATABASE_URL="sqlite:$work/none.db" "$app" $command
        done
        for text in 'Tag' 'select 1'; do
            expect "query $text of no file" 1 '' "$none" \
                env CANTEEN_DATABASE_URL="sqlite:$work/none.db" "$app" query "$text"
        done
        expect 'models are known without it' 0 '*' '' \
            env CANTEEN_DATABASE_URL="sqlite:$work/none.db" "$app" query models
        check 'none of them makes one' [ ! -e none.db ]
    fi
    expect 'flush asks' 1 '' '*' "$app" flush
    check 'flush says what to write' grep 'Nobody can be asked here: write flush --no-input\.$' err
}

# Memory does not grow with the rows: 96 MiB, stacks among them, for rows that would take more all at once.
many_rows()
{
    case $BUILD_TREE in
    *asan*) return ;;
    esac
    new_database || return
    "$app" tables
    "$app" fill 60000
    limited='prlimit --data=100663296'
    # shellcheck disable=SC2086 # a command and its option
    $limited "$app" dumpdata library.author library.book >many.json
    check 'many rows are dumped' [ "$(wc -l <many.json)" -eq 60003 ]
    "$app" flush --no-input >/dev/null
    # shellcheck disable=SC2086 # a command and its option
    check 'many rows are loaded' $limited "$app" loaddata many.json
    "$app" dumpdata >again.json
    same 'many rows there and back' again.json many.json
}

# --- flush ------------------------------------------------------------------------------------------------------------

# Tables that no model knows refer to those of the models: what would happen to their rows is no matter of flush.
foreign_tables()
{
    new_database || return
    "$app" tables
    "$app" loaddata all.json >/dev/null
    sql 'create table "Their ""rows" (n integer, a integer, b text,
        author integer references library_author on delete cascade deferrable initially deferred,
        foreign key (a, b) references library_pair (a, b) on delete set null)'
    sql "insert into \"Their \"\"rows\" values (1, 1, 'x', null), (2, null, 'x', null)"
    refers()
    {
        printf 'library: rows of %s refer to rows of %s (%s), and that table is none that is emptied here: %s' \
            '"Their ""rows"' "$1" "$2" "nothing has been deleted. Empty it yourself first, or set $2 to NULL in it"
    }
    expect 'flush leaves rows of others alone that refer by two columns' 1 '' "$(refers library_pair 'a, b')" \
        "$app" flush --no-input
    sql 'update "Their ""rows" set a = null, author = 7 where n = 1'
    expect 'flush leaves rows of others alone' 1 '' "$(refers library_author author)" "$app" flush --no-input
    "$app" dumpdata >after.json
    same 'nothing has been deleted' after.json dump.json
    sql 'update "Their ""rows" set author = null'
    expect 'flush does not mind rows that do not refer' 0 '9 tables emptied.' '' "$app" flush --no-input
    expect 'all is gone' 0 '[]' '' "$app" dumpdata
    check 'but not what is not ours' [ "$(sql 'select count(*) from "Their ""rows"')" = 2 ]
    "$app" query --write "insert into library_author (name) values ('Next')" >/dev/null
    check 'keys begin at 1 again' [ "$(sql 'select id from library_author')" = 1 ]
}

# --- inspectdb --------------------------------------------------------------------------------------------------------

# compile NAME [MEMBERS]: NAME.c, models, as a program NAME of which they are the app's.
compile()
{
    models=$(sed -n 's/^CT_\(MODEL\|TABLE\)(\([A-Za-z0-9]*\),.*/\2/p' "$1.c" | paste -sd ,)
    cat >"$1_main.c" <<END
#include "$1.c"
static const ct_app app = { .name = "inspected", ${2:-} .models = MODELS($models) };
int main(int argc, char **argv) { return ct_main(argc, argv, &app); }
END
    sanitizers=
    case $BUILD_TREE in
    *asan*) sanitizers=-fsanitize=address,undefined ;;
    esac
    for compiler in gcc clang-14; do
        command -v "$compiler" >/dev/null || continue
        expect "inspectdb: $compiler takes $1" 0 '' '' "$compiler" -std=gnu17 -Wall -Wextra -Werror -I"$include" \
            -fsyntax-only "$1_main.c"
    done
    # shellcheck disable=SC2086 # the sanitizers are none or one word
    gcc -std=gnu17 -I"$include" $sanitizers -o "$1" "$1_main.c" "$BUILD_TREE/libcanteen.a" -lcrypto -ldw -lpcre2-8 \
        -lsqlite3 -lunistring -lm -pthread || result failed "$on: $1 is linked"
}

inspect_models()
{
    new_database || return
    "$app" tables
    "$app" loaddata all.json >/dev/null
    "$app" inspectdb >found.c
    for line in '^CT_MODEL(LibraryBook,$' \
        '^    (ref, author, LibraryAuthor, .on_delete = CT_DO_NOTHING),$' \
        '^    (ref, sequel, LibraryBook, .on_delete = CT_DO_NOTHING, .null = true),$' \
        '^CT_TABLE(LibraryPair,$' '^    (integer, a, .primary_key = true),$' \
        '^    (one_to_one_text, tag, LibraryTag, ' 'CHECK("pages_positive", "' 'INDEX("author, -pages", .name = ' \
        '^    (integer, pages, .null = true),$' ', .generated = "(\{0,1\}pages \* 2'; do
        check "inspectdb has $line" grep "$line" found.c
    done
    compile found
    expect 'inspectdb: its models are right' 0 '*' '' ./found check
    expect 'inspectdb: its models are used' 0 'title    author.name
-------  -----------
Two <b>  Ada
(1 row, N ms)' '' ./found query 'LibraryBook pages=10 author.name=Ada show title author.name'
    echo '[{"model":"inspected.libraryauthor","fields":{"name":"New"}}]' >in
    expect 'inspectdb: rows go in' 0 'standard input: 1 row
1 row loaded.' '' ./found loaddata -
    expect 'inspectdb: migrations and flush leave its tables alone' 0 '0 tables emptied.' '' ./found flush --no-input
    expect 'inspectdb of one' 0 '*' '' "$app" inspectdb library_tag
    check 'it is one' [ "$(grep -c '^CT_' out)" -eq 1 ]
    expect 'inspectdb of none' 1 '' 'library: there is no table "library_tga"; did you mean "library_tag"?' \
        "$app" inspectdb library_tga
}

inspect_odd()
{
    new_database || return
    if [ "$on" = sqlite ]; then
        key='integer primary key autoincrement' mood="text check (mood in ('sad', 'it''s'))"
    else
        key='serial primary key' mood=mood
        psql -qX "$CANTEEN_DATABASE_URL" -c "create type mood as enum ('sad', 'it''s \"fine\" ??/')"
    fi
    cat >odd.sql <<END
create table country (code varchar(2) primary key, "default" text default 'a*/b', mood $mood);
create table "user" (id $key, name varchar(30) not null unique,
  boss_id integer references "user" (id) on delete set null, home integer,
  "while" numeric(8, 2), "1st" real, "two words" date, "Größe" boolean, "limit" integer, linux integer,
  code varchar(2) unique references country (code) on delete cascade, unique (name, "limit"));
create table house (id $key, owner_id integer not null unique references "user" (id) on delete cascade);
create table keyless (x integer, y integer);
create table pair (a integer, b varchar(9), primary key (b, a));
create table "hostile */ name" (id $key, "two
lines" integer, "9" text, "x_id" integer references house (id), "x" text);
create table "to pair" (id $key, b varchar(9), a integer, foreign key (b, a) references pair (b, a));
create index "odd index" on "user" (lower(name), "two words" desc) where "limit" > 3;
create view "a view" as select id, name from "user";
END
    if [ "$on" = sqlite ]; then
        sqlite3 "${CANTEEN_DATABASE_URL#sqlite:}" <odd.sql
    else
        psql -qX "$CANTEEN_DATABASE_URL" <odd.sql
        psql -qX "$CANTEEN_DATABASE_URL" -c 'alter table "user" add foreign key (home) references house (id)' \
            -c 'create index ordered on "user" (boss_id desc nulls last, name nulls first)' \
            -c 'create table stay (id serial primary key, room integer, days int4range,
                exclude using gist (days with &&), exclude using btree (room with =))'
    fi
    "$app" inspectdb >odd.c
    for line in '^CT_MODEL(User,$' '^    (ref, boss, User, .on_delete = CT_DB_SET_NULL, .null = true' \
        '^    (one_to_one, owner, User, .on_delete = CT_DB_CASCADE' \
        '^    (one_to_one_text, code, Country, .on_delete = CT_DB_CASCADE, .null = true, .column = "code"' \
        '^    (decimal, while_field, .max_digits = 8, .decimal_places = 2, .null = true, .column = "while"' \
        '^    (real, number_1st, ' '^    (date, two_words, ' '^    (boolean, gr__e, ' '^    (integer, linux_field, ' \
        'the table has no primary key' '^/\* The columns b, a refer together to pair' '.read_only = true' \
        'UNIQUE("name, limit_field"' '^/\* The table hostile \* / name has 1 columns besides' \
        '^    (ref, x_2, House, .on_delete = CT_DO_NOTHING, .null = true, .column = "x_id"'; do
        check "inspectdb has $line" grep "$line" odd.c
    done
    if [ "$on" = postgresql ]; then
        check 'inspectdb has where NULLs stand' \
            grep 'INDEX("-boss nulls last, name nulls first", .name = "ordered")' odd.c
        check 'inspectdb makes no index of what excludes' [ "$(grep -c 'INDEX("days\|room, .*index' odd.c)" -eq 0 ]
        check 'inspectdb tells of it' grep '^/\* The constraint stay_room_excl excludes rows by others' odd.c
    fi
    compile odd
    expect 'inspectdb: odd models are right' 0 '*' '' ./odd check
    expect 'inspectdb: odd models are used' 0 'number_1st
----------
(0 rows, N ms)' '' ./odd query 'User while_field>1 boss.two_words.year=2026 show number_1st'
}

# --- query ------------------------------------------------------------------------------------------------------------

asks()
{
    expect "query $1" 0 "$2" '' "$app" query "$1"
}

queries()
{
    new_database || return
    "$app" tables
    "$app" loaddata all.json >/dev/null
    books='id  title    author_id  sequel_id  pages  published   doubled
--  -------  ---------  ---------  -----  ----------  -------'
    first="$books
 1  Two <b>          7          2     10  2026-02-03       20
(1 row, N ms)"
    asks 'Book author.name=Ada pages>5' "$first"
    asks 'book tags=c' "$first"
    asks 'Book tags.word^=Z or published.year=2026' "$first"
    asks 'Book not pages=null' "$first"
    asks 'library.Book sequel.title="" published=2026-01-01..2026-12-31' "$first"
    asks 'Book show title pages author.country.code order -title' 'title    pages  author.country.code
-------  -----  -------------------
Two <b>     10  de
""        NULL  de
(2 rows, N ms)'
    asks 'Author books.pages>5 count' 'count
-----
    1
(1 row, N ms)'
    asks 'Kinds s=a q.a[0]=1 h<0 show j o r' '                j  o                   r
-----------------  ------------------  ----------
123456789012.3400  -2 11:29:59.500000  \x000102ff
(1 row, N ms)'
    asks "select 'a' || chr as \"two\", null as n, '' as e from (select 'ü漢' as chr) x" 'two      n  e
----  ----  --
aü漢  NULL  ""
(1 row, N ms)'
    expect 'query --expanded' 0 '-- 1
id    7
name  Ada
(1 row, N ms)' '' "$app" query -x 'Author show id name'
    expect 'query: no such model' 1 '' '"Bok" is not the name of one model; did you mean "Book"?' "$app" query Bok
    expect 'query: no such field' 1 '' 'library.Book has no field "titel"; did you mean "title"?
  Book titel=3
       ^' "$app" query 'Book titel=3'
    expect 'query: no value' 1 '' 'pages: "x" is no value of the kind integer: Enter a whole number.
  Book pages=x
       ^' "$app" query 'Book pages=x'
    expect 'query: only for reading' 1 '' '*' "$app" query 'delete from library_pair'
    check 'it says how to write' grep '`query --write` is for what changes the database' err
    expect 'query: a CTE does not write either' 1 '*' '*' "$app" query \
        'with x as (select 1) delete from library_pair'
    asks 'Pair count' 'count
-----
    2
(1 row, N ms)'
    expect 'query --write' 0 '(2 rows changed, N ms)' '' "$app" query --write 'delete from library_pair'
    printf 'Tag count\nselect 1 as one,\n  2 as two;\nTag word=c\n' >in
    expect 'query reads lines' 0 'count
-----
    2
(1 row, N ms)
one  two
---  ---
  1    2
(1 row, N ms)
word
----
c
(1 row, N ms)' '' "$app" query
    printf 'Tag count\nTga\nTag count\n' >in
    expect 'query ends at what is wrong' 1 '*' '"Tga" is not the name of one model; did you mean "Tag"?' "$app" query
    printf 'Tag word=c\nselect 7\n as seven;\n\\x\nTag coun\ndelete from library_tag;\nno\n\\q\n' >typed
    timeout 30 script -qec "$app query --write" /dev/null <typed >terminal 2>&1
    check 'the prompt asks' grep 'query>' terminal
    check 'the prompt answers' [ "$(grep -c '^(1 row, ' terminal)" -eq 2 ]
    check 'the prompt goes on after mistakes' grep 'is expected here\|has no field' terminal
    check 'the prompt asks before it writes' grep 'It has not been run' terminal
    printf '[{"model":"library.kinds","pk":9,"fields":{"a":"\\u001b[31mred\\nline\\u202e"}}]' >in
    "$app" loaddata - <in >/dev/null
    rm -f in
    expect 'query of text that is hostile' 0 '*' '' "$app" query 'Kinds pk=9 show a'
    check 'control characters are shown by their codes' grep 'u001B\[31mred' out
    check 'and do not reach the terminal' [ "$(grep -c "$(printf '\033')" out)" -eq 0 ]
}

# unwritten NAME MESSAGE SQL: what a transaction that only reads would let pass.
unwritten()
{
    expect "query does not $1" 1 '' "$2; \`query --write\` is for what changes the database" "$app" query "$3"
}

only_reading()
{
    new_database || return
    "$app" tables
    if [ "$on" = sqlite ]; then
        none='only reading is allowed here: no ATTACH or DETACH, and no PRAGMA that sets something'
        unwritten 'make a file' "$none" "attach 'attached.db' as other"
        check 'and has made none' [ ! -e attached.db ]
        unwritten 'set a pragma' "$none" 'pragma query_only = 0'
        unwritten 'write the log into the file' "$none" 'pragma wal_checkpoint'
        expect 'query reads pragmas' 0 '*' '' "$app" query 'pragma table_info(library_tag)'
        expect 'query --write attaches' 0 '*' '' "$app" query --write "attach 'attached.db' as other"
        return
    fi
    begins='without --write SQL begins with SELECT, WITH, VALUES, TABLE, SHOW or EXPLAIN'
    lo='lo_export() is VOLATILE: it may change something'
    unwritten 'write files' "$begins" "copy library_tag to '$work/copied'"
    unwritten 'start programs' "$begins" "copy library_tag to program 'touch $work/copied'"
    unwritten 'run blocks' "$begins" "do 'begin copy library_tag to program ''touch $work/copied''; end'"
    psql -qX "$CANTEEN_DATABASE_URL" -c "select lo_from_bytea(1234, 'x')" >lo
    unwritten 'export' "$lo" "select lo_export(1234, '$work/copied')"
    unwritten 'call by a quoted name' "$lo" \
        "with x as (select 1) select Pg_Catalog.\"lo_export\" /* ( */ (1234, '$work/copied')"
    unwritten 'call what is hidden' 'without --write names are written as they are, without U&' \
        "select U&\"lo\\005fexport\"(1234, '$work/copied')"
    check 'and no file is there' [ ! -e copied ]
    psql -qX "$CANTEEN_DATABASE_URL" <<'END'
create table changed (n integer);
create function change(integer, integer) returns integer language sql as 'insert into changed values ($1) returning n';
create view changing as select change(1, 2) as n;
create view beyond as select n from changing where n > 0;
create function careful(integer) returns integer language sql stable as 'select $1';
create view reading as select careful(t.n) as n, random() as r from changed t, pg_locks where n > 0;
create operator @@+ (function = change, leftarg = integer, rightarg = integer);
create type secret as (n integer);
create function change(secret) returns integer language sql as 'insert into changed values (1) returning n';
create cast (secret as integer) with function change(secret);
create aggregate changes(integer) (sfunc = change, stype = integer, initcond = 0);
create function seen(integer) returns boolean language sql as 'insert into changed values ($1) returning true';
create table guarded (n integer);
alter table guarded enable row level security;
create policy seen on guarded using (seen(n));
END
    calls='calls change(), which is VOLATILE: it may change something'
    unwritten 'read views that change' "changing $calls" 'select * from changing'
    unwritten 'read views of such views' "changing $calls" 'with x as (table beyond) select count(*) from x;'
    unwritten 'explain by running' "changing $calls" 'explain (analyze, verbose) select * from beyond'
    unwritten 'explain by running, without parentheses' "changing $calls" 'explain  analyze (select * from beyond)'
    expect 'query does not hide what is run in comments' 1 '' '*' "$app" query \
        'explain /* ( */ analyze select * from beyond'
    expect 'query runs one statement' 1 '' '*' "$app" query \
        'select 1) as q; create table evil (n integer); commit; select 1 from (select 1'
    check 'and none that is hidden' [ "$(sql "select count(*) from pg_class where relname = 'evil'")" = 0 ]
    unwritten 'use operators that change' "an operator or a cast $calls" 'select 1 @@+ 2'
    unwritten 'cast with change' "an operator or a cast $calls" "select '(1)'::secret::integer"
    unwritten 'call like a column' "an operator or a cast $calls" "select (x).change from (select '(1)'::secret as x) s"
    unwritten 'aggregate with change' "an operator or a cast $calls" 'select changes(n) from (values (1)) v(n)'
    unwritten 'run policies of rows' "guarded ${calls%% change*} seen(), ${calls#*, }" 'select * from guarded'
    check 'nothing has changed' [ "$(sql 'select count(*) from changed')" = 0 ]
    expect 'query explains without running' 0 '*' '' "$app" query 'explain select * from beyond'
    expect 'query reads views that read' 0 '*' '' "$app" query \
        'select *, 1 as a, 2 as a from reading, pg_stat_activity;'
    expect 'query marks mistakes' 1 '' 'column "nn" does not exist
  select nn from changed
         ^' "$app" query 'select nn from changed'
    reader=$(printf '%s' "$CANTEEN_DATABASE_URL" | sed 's|?.*||')'?options=-cdefault_transaction_read_only%3Don'
    unwritten_there()
    {
        expect "query of $1" 1 '' "changing $calls$advice" env CANTEEN_DATABASE_URL="$reader" "$app" query "$2"
    }
    advice='; `query --write` is for what changes the database'
    unwritten_there 'what is only read by default' 'select * from changing'
    sql "create role reader_$$_$databases; grant select on changed to reader_$$_$databases"
    sql "revoke temporary on database commands_$$_$databases from public"
    reader=${reader%%\?*}"?options=-crole%3Dreader_$$_$databases"
    expect 'query of somebody who may make no views' 0 '*' '' \
        env CANTEEN_DATABASE_URL="$reader" "$app" query 'select * from changed'
    expect 'query calls what changes nothing' 0 '*' '' "$app" query "with x(a) as (values (1)) select \"left\"('ab', 1),
        lower(coalesce(null, 'A')), pg_table_size('library_tag'), random() from x as y(b) where b in (1)"
    expect 'query --write exports' 0 '*' '' "$app" query --write "select lo_export(1234, '/dev/null')"
}

# --- test -------------------------------------------------------------------------------------------------------------

# left_behind: the databases and folders of tests that are there.
left_behind()
{
    ls -A "$work/temp"
    [ "$on" = sqlite ] || psql -qAtX "$postgres" -c "select datname from pg_database where datname ~ '^canteen_test_'"
}

# What a run that was killed has left goes when the next one begins.
killed_tests()
{
    new_database || return
    mkdir -p "$work/temp"
    CANTEEN_TEMP_DIR=$work/temp
    export CANTEEN_TEMP_DIR
    "$app" test --filter waits >/dev/null 2>&1 &
    run=$!
    wanted=1 tries=0
    [ "$on" = sqlite ] || wanted=3 # a folder, what is copied, and the copy
    while [ "$(left_behind | wc -l)" -lt "$wanted" ] && [ "$tries" -lt 200 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    "$app" test --filter passes >/dev/null 2>&1
    check 'those of a run that goes on stay' [ "$(left_behind | wc -l)" -eq "$wanted" ]
    kill -9 "$run"
    wait "$run" 2>/dev/null
    check 'a run that is killed leaves some behind' [ "$(left_behind | wc -l)" -eq "$wanted" ]
    expect 'the next run passes' 0 '*' '*' "$app" test --filter passes
    check 'and nothing is left' [ "$(left_behind | wc -l)" -eq 0 ]
    unset CANTEEN_TEMP_DIR
}

# --- dbshell ----------------------------------------------------------------------------------------------------------

shells()
{
    new_database || return
    expect 'dbshell' 0 '42' '' "$app" dbshell -- "$([ "$on" = sqlite ] && echo -batch || echo -XAt)" \
        "$([ "$on" = sqlite ] && echo 'select 6 * 7' || echo '-cselect 6 * 7')"
    program=$([ "$on" = sqlite ] && echo sqlite3 || echo psql)
    package=$([ "$on" = sqlite ] && echo sqlite3 || echo postgresql-client)
    expect 'dbshell without the program' 1 '' "library: the program $program is missing: apt-get install $package" \
        env PATH=/nonexistent "$app" dbshell
    if [ "$on" = sqlite ]; then
        only_read=$CANTEEN_DATABASE_URL'?mode=ro'
        expect 'dbshell reads a database that is only read' 0 '42' '' \
            env CANTEEN_DATABASE_URL="$only_read" "$app" dbshell -- 'select 6 * 7'
        CANTEEN_DATABASE_URL="$only_read&synchronous=normal" "$app" dbshell -- 'create table zzz (x)' 2>err
        check 'dbshell does not write it' grep -i 'readonly' err
        expect 'dbshell makes no database that is only read' 1 '' \
            "library: the database \"default\" (sqlite:none.db?mode=ro) is not there: \`migrate\` makes it" \
            env CANTEEN_DATABASE_URL='sqlite:none.db?mode=ro' "$app" dbshell -- 'select 1'
        check 'and none is there' [ ! -e none.db ]
    fi
    [ "$on" = postgresql ] || return 0
    mkdir -p fake
    printf '#!/bin/sh\nprintf "%%s|" "$PGPASSWORD" "$@"\n' >fake/psql
    chmod +x fake/psql
    expect 'dbshell keeps the password out of sight' 0 \
        "s'e@cret|user='a\\'b' dbname='x y' host='db' port='5433'|-c|" '' env PATH="$PWD/fake:$PATH" \
        CANTEEN_DATABASE_URL="postgresql://a%27b:s%27e%40cret@db:5433/x%20y" "$app" dbshell -- -c
}

# ----------------------------------------------------------------------------------------------------------------------

on=both
expect 'help' 0 '*' '' "$app" help
for command in dumpdata loaddata inspectdb flush dbshell query; do
    check "help has $command" grep "^  $command  " out
done

[ -n "$postgres" ] || {
    echo '_CANTEEN_TEST_POSTGRES is not set: see tests/support/postgres.sh' >&2
    exit 1
}
for on in sqlite postgresql; do
    for part in fixtures new_keys exact_numbers replicas mistakes troubles many_rows foreign_tables inspect_models \
        inspect_odd queries only_reading killed_tests shells; do
        "$part" || result failed "$on: $part"
    done
    drop_databases
done
echo "1..$number"
exit $((failures > 0))
