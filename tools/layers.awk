# The layer rule over C files and headers of src/, include/ and examples/: nothing includes upwards.
#
# Folders of src/ may include the folders named here and the public headers; the batteries in src/apps/, the examples
# and the public headers themselves know the public headers alone (and their own folder).

BEGIN {
    below["base"] = "base"
    below["proto"] = "base proto"
    below["net"] = "base proto net"
    below["shape"] = "base shape"
    below["template"] = "base shape template"
    below["db"] = "base net shape db"
    below["web"] = "base proto net shape template db web"
    below["test"] = "base proto net shape template db web test"
    below["cli"] = "base proto net shape template db web test cli"
    below["apps"] = "apps"
}

function refuse(why)
{
    print FILENAME ":" FNR ": " why
    failed = 1
}

FNR == 1 {
    split(FILENAME, part, "/")
    layer = part[1] == "src" ? part[2] : part[1]
    if (part[1] == "src" && !(layer in below))
        refuse("no such layer: src/" layer "/ (tools/layers.awk lists them)")
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    header = quoted[2]
    folder = index(header, "/") ? substr(header, 1, index(header, "/") - 1) : ""
    if (folder == "canteen" || header == "canteen.h")
        next
    if (layer == "include")
        refuse("a public header includes the internal \"" header "\"")
    else if (part[1] == "src" && layer != "apps" && folder == "")
        refuse("write the include from src/: \"" layer "/" header "\"")
    else if (folder in below && index(" " below[layer] " ", " " folder " ") == 0)
        refuse(layer " must not include " folder ": \"" header "\"")
}

END { exit failed }
