/* Which kernels a trainer's steps consist of, in words that pin them. */
#include <stdlib.h>
#include <string.h>

#include "train/train_private.h"

/* Whether the pins have one with the key that ends `pin`, up to its equals sign. */
static bool has_key(const char *pins, const char *pin) {
    const size_t key = (size_t)(strchr(pin, '=') - pin) + 1;
    for (const char *at = pins; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (!strncmp(at, pin, key))
            return true;
    return false;
}

static enum cln_status add_plan(struct cln_plan *plan, struct cln_text *out) {
    const int count = cln_plan_launch_count(plan);
    struct cln_launch_info *launches = calloc((size_t)count + 1, sizeof *launches);
    if (!launches)
        return CLN_FAIL(MEMORY, "out of memory for %d launches", count);
    enum cln_status status = cln_plan_launches(plan, launches);
    for (int i = 0; i < count && status == CLN_OK; i++) {
        struct cln_text pin = {0};
        cln_text_add(&pin, "%s@%s=%s", launches[i].op, launches[i].node, launches[i].variant);
        status = cln_text_check(&pin);
        if (status == CLN_OK && !has_key(out->chars, pin.chars))
            cln_text_add(out, "%s%s", out->length ? "," : "", pin.chars);
        cln_text_free(&pin);
    }
    free(launches);
    return status;
}

enum cln_status cln_trainer_kernels(const struct cln_trainer *trainer, struct cln_text *out) {
    for (int s = 0; s < CLN_SIDES; s++) {
        const struct cln_side_steps *side = &trainer->sides[s];
        if (side->full)
            CLN_TRY(add_plan(side->full, out));
        if (side->rest_plan)
            CLN_TRY(add_plan(side->rest_plan, out));
    }
    return cln_text_check(out);
}

const char *cln_trainer_recorder(const struct cln_trainer *trainer) {
    return cln_plan_recorder(cln_trainer_step_plan(trainer));
}
