/* A line between a worker and its supervisor; what was understood is said again and understood. */
#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "run/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cln_message message, again;
    struct cln_text line = {0};
    char *text = fuzz_text(data, size);
    cJSON *memory, *more;
    if (cln_message_parse(text, &message, &memory)) {
        cln_message_print(&message, &line);
        fuzz_check(cln_text_check(&line) == CLN_OK, "out of memory");
        fuzz_check(cln_message_parse(line.chars, &again, &more) && again.type == message.type,
                   "a message that cannot be said again");
        cJSON_Delete(more);
    }
    cJSON_Delete(memory);
    cln_text_free(&line);
    free(text);
    return 0;
}
