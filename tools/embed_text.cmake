# Writes a C file that holds a text file as bytes, with a NUL after them:
# cmake -DINPUT=... -DOUTPUT=... -DNAME=... -P this
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(................................................................................)"
       "\\1\n" bytes "${bytes}")
get_filename_component(file ${INPUT} NAME)
file(WRITE ${OUTPUT} "/* ${file}, made by tools/embed_text.cmake. */
extern const char ${NAME}[];
const char ${NAME}[] = {\n${bytes}0};\n")
