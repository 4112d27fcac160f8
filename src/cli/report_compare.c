#include "cli/report_compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/folder.h"
#include "report/compare.h"

static void print_number(int width, int decimals, double value) {
    if (isfinite(value))
        printf("  %*.*f", width, decimals, value);
    else
        printf("  %*s", width, "-");
}

static void print_table(const struct cln_differences *differences) {
    int width = 8;
    for (size_t r = 0; r < differences->count; r++) {
        int own = snprintf(NULL, 0, "%s", differences->rows[r].kind);
        width = own > width ? own : width;
    }
    int total = printf("%-*s  noise   first  second  points  95 %% interval  pairs       p  "
                       "in words\n",
                       width, "training") -
                1;
    while (total-- > 0)
        putchar('-');
    putchar('\n');
    for (size_t r = 0; r < differences->count; r++) {
        const struct cln_difference *row = &differences->rows[r];
        printf("%-*s  %5.6g", width, row->kind, row->scale);
        print_number(6, 4, row->first);
        print_number(6, 4, row->second);
        print_number(6, 2, 100 * row->difference);
        print_number(6, 2, 100 * row->low);
        print_number(5, 2, 100 * row->high);
        printf("  %5d", row->pairs);
        print_number(6, 3, row->p);
        printf("  %s\n", cln_difference_words(row));
    }
}

static enum cln_status write_text(const char *folder, const char *name, struct cln_text *text) {
    char *path = cln_path_join(folder, name);
    enum cln_status status =
        path ? cln_text_check(text) : CLN_FAIL(MEMORY, "out of memory for a path");
    if (status == CLN_OK)
        status = cln_file_write(path, text->chars, text->length);
    free(path);
    cln_text_free(text);
    return status;
}

static enum cln_status write_files(const struct cln_differences *differences,
                                   const char *const folders[2], const char *out) {
    struct cln_text html = {0}, csv = {0};
    CLN_TRY(cln_folder_make(out));
    cln_differences_html(differences, folders, &html);
    CLN_TRY(write_text(out, "compare.html", &html));
    cln_differences_csv(differences, &csv);
    CLN_TRY(write_text(out, "compare.csv", &csv));
    printf("Report: %s/compare.html\n", out);
    return CLN_OK;
}

enum cln_status cln_report_compare(const char *const folders[2], const char *out) {
    struct cln_results *results[2] = {NULL, NULL};
    struct cln_differences differences = {0};
    enum cln_status status = CLN_OK;
    for (int side = 0; side < 2 && status == CLN_OK; side++)
        status = cln_results_read(&folders[side], 1, &results[side]);
    if (status == CLN_OK)
        status = cln_differences_make(results[0], results[1], &differences);
    if (status == CLN_OK) {
        print_table(&differences);
        if (out)
            status = write_files(&differences, folders, out);
    }
    cln_differences_done(&differences);
    cln_results_free(results[0]);
    cln_results_free(results[1]);
    return status;
}
