# Sizes, from what tools/code.awk prints: functions over 60 lines and files over 800 are named, those over 150 and 1200
# are refused. A function's lines are those between its braces, which stand in the first column.

function measure(what, length_, named, refused)
{
    if (length_ > named)
        print place ": " what " has " length_ " lines" (length_ > refused ? ", over " refused : "")
    if (length_ > refused)
        failed = 1
}

function file_done()
{
    place = file
    if (file != "")
        measure("the file", last, 800, 1200)
}

{
    split($0, field, ":")
    code = substr($0, length(field[1] field[2]) + 3)
    if (field[1] != file) {
        file_done()
        file = field[1]
        open = 0
    }
    last = field[2]
    if (code ~ /^[A-Za-z_].*\(/) {
        name = code
        sub(/\(.*/, "", name)
        sub(/.*[ *]/, "", name)
    }
    if (code == "{")
        open = last
    if (open && code ~ /^}/) {
        place = file ":" open
        measure(name "()", last - open - 1, 60, 150)
        open = 0
    }
}

END {
    file_done()
    exit failed
}
