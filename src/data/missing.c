#include "data/load.h"

static void add_ways(struct cln_text *text, const struct cln_data_entry *entry) {
    cln_text_add(text, "To get it, do one of these:\n");
    if (entry->mirrors[0])
        cln_text_add(text, "  with a network:  clnoise fetch %s\n", entry->name);
    if (entry->by_hand)
        cln_text_add(text, "  %s", entry->by_hand);
    if (entry->system_package)
        cln_text_add(text, "  on Debian or Ubuntu:  apt install %s\n", entry->system_package);
    cln_text_add(text,
                 "  by hand: put these files, as they are or as .gz, into one folder, and name "
                 "that folder\n  with --data-dir or in CLNOISE_DATA:\n");
    for (int i = 0; i < entry->file_count; i++)
        cln_text_add(text, "    %s\n", entry->files[i].name);
    if (entry->archive.name)
        cln_text_add(text, "  or the archive that has them all:\n    %s.gz\n", entry->archive.name);
    for (size_t i = 0; entry->mirrors[i]; i++)
        cln_text_add(text, "  %s %s\n", i ? "       and at" : "they are at", entry->mirrors[i]);
}

static void add_others(struct cln_text *text, const struct cln_data_entry *entry) {
    for (size_t i = 0; i < cln_data_entry_count; i++) {
        const struct cln_data_entry *other = &cln_data_entries[i];
        if (other == entry)
            continue;
        cln_text_add(text, "  another data set instead:  data.dataset=%s", other->name);
        if (other->system_package)
            cln_text_add(text, "  (Debian or Ubuntu: apt install %s)", other->system_package);
        cln_text_add(text, "\n");
    }
}

enum cln_status cln_data_fail_missing(const struct cln_data_entry *entry,
                                      const struct cln_data_file *file, const char *download_reason,
                                      const struct cln_data_folders *folders, const char *refused) {
    struct cln_text detail = {0};
    add_ways(&detail, entry);
    add_others(&detail, entry);
    cln_text_add(&detail, "Folders searched:\n");
    for (size_t i = 0; i < folders->count; i++)
        cln_text_add(&detail, "  %s\n", folders->paths[i]);
    if (refused && *refused)
        cln_text_add(&detail, "Files refused:\n%s", refused);
    enum cln_status status =
        CLN_FAIL(DATA, "%s: %s is not on disk%s, %s%s", entry->name, file->name,
                 refused && *refused ? " (what has its name was refused, see below)" : "",
                 download_reason     ? "and "
                 : entry->mirrors[0] ? "and downloads are off"
                                     : "and it cannot be downloaded by itself",
                 download_reason ? download_reason : "");
    if (detail.chars && !detail.failed)
        cln_error_set_detail(detail.chars);
    cln_text_free(&detail);
    return status;
}
