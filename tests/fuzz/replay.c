/* Feeds a fuzz target the files of folders, for compilers without libFuzzer. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "fuzz/fuzz.h"

static int replay(const char *folder) {
    int count = 0;
    DIR *directory = opendir(folder);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char *path = cln_path_join(folder, entry->d_name), *bytes;
        size_t length;
        if (*entry->d_name != '.' && path && cln_file_read(path, &bytes, &length) == CLN_OK) {
            uint8_t *copy = fuzz_copy((uint8_t *)bytes, length);
            (void)LLVMFuzzerTestOneInput(copy, length);
            free(copy);
            free(bytes);
            count++;
        }
        free(path);
    }
    if (directory)
        closedir(directory);
    return count;
}

int main(int argc, char **argv) {
    int count = 0;
    for (int i = 1; i < argc; i++)
        count += replay(argv[i]);
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    printf("%d files\n", count);
    return count ? EXIT_SUCCESS : EXIT_FAILURE;
}
