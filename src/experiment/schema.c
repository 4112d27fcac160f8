/* The keys of an experiment file, but for the models, and what may stand in them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "data/noise.h"
#include "data/own.h"
#include "experiment/config.h"
#include "nn/registry.h"
#include "nn/rules.h"

static const char *const noise_draws[] = {"once", "epoch", NULL};

const struct cln_field cln_config_fields[] = {
    {.key = "name",
     .type = CLN_FIELD_TEXT,
     .offset = offsetof(struct cln_config, name),
     .required = true,
     .help = "names the folder of the results"},
    {.key = "model",
     .type = CLN_FIELD_TEXT,
     .offset = offsetof(struct cln_config, model),
     .help = "which of the models to train, where there are several"},
    {.key = "kernel_variant",
     .type = CLN_FIELD_TEXT,
     .offset = offsetof(struct cln_config, kernel_variant),
     .help = "pins kernel variants: conv2d=reference,dense=cpu_vector, or reference for every op "
             "that has it; else the engine chooses"},
    {.key = "fusion",
     .type = CLN_FIELD_TEXT,
     .offset = offsetof(struct cln_config, fusion),
     .help =
         "which layers are merged: off, -conv_pool for all but that rule, off,conv_pool for that "
         "alone; else all"},
};

#define LIMIT 2147483647         /* images are counted in 32 bits */
#define EXACT 9007199254740991.0 /* 2^53 - 1: the largest integers a double tells apart */

#define OWN_FILE(member, text)                                                                     \
    {                                                                                              \
        .key = #member, .type = CLN_FIELD_TEXT, .offset = offsetof(struct cln_data_spec, member),  \
        .quiet = true, .help = text                                                                \
    }
#define OWN_FACT(member, most, text)                                                               \
    {                                                                                              \
        .key = #member, .type = CLN_FIELD_INT,                                                     \
        .offset = offsetof(struct cln_data_spec, facts.member), .max = most, .quiet = true,        \
        .help = text                                                                               \
    }

static const struct cln_field data_fields[] = {
    {.key = "dataset",
     .type = CLN_FIELD_TEXT,
     .offset = offsetof(struct cln_data_spec, dataset),
     .text = "mnist",
     .help = "what to train and test on"},
    {.key = "otherwise",
     .type = CLN_FIELD_TEXT,
     .offset = offsetof(struct cln_data_spec, otherwise),
     .help = "taken, and announced, where the data set is not to be had"},
    {.key = "train_limit",
     .type = CLN_FIELD_INT,
     .offset = offsetof(struct cln_data_spec, train_limit),
     .max = LIMIT,
     .help = "only the first so many training images; 0: all"},
    {.key = "test_limit",
     .type = CLN_FIELD_INT,
     .offset = offsetof(struct cln_data_spec, test_limit),
     .max = LIMIT,
     .help = "only the first so many test images; 0: all"},
    {.key = "validation",
     .type = CLN_FIELD_INT,
     .offset = offsetof(struct cln_data_spec, validation),
     .max = LIMIT,
     .help = "so many training images are set aside for validation, of each class its share; 0: "
             "validation is done on the test images"},
    {.key = "split_seed",
     .type = CLN_FIELD_INT,
     .offset = offsetof(struct cln_data_spec, split_seed),
     .max = EXACT,
     .help = "which images are set aside; train.seed has no say in it"},
    OWN_FILE(train_images, "files of your own: the images to train on, NumPy or IDX"),
    OWN_FILE(train_labels, "files of your own: the labels of train_images, NumPy or IDX"),
    OWN_FILE(test_images, "files of your own: the images to test on, NumPy or IDX"),
    OWN_FILE(test_labels, "files of your own: the labels of test_images, NumPy or IDX"),
    OWN_FILE(folder, "a folder of your own with train/<class>/*.png and test/<class>/*.png"),
    OWN_FILE(relative_to, "where paths of your own files begin; the folder of the experiment file"),
    OWN_FACT(height, CLN_IMAGE_MAX_ELEMS,
             "pixels of the images in your own files; found out if not said"),
    OWN_FACT(width, CLN_IMAGE_MAX_ELEMS,
             "pixels of the images in your own files; found out if not said"),
    OWN_FACT(channels, 3,
             "of the images in your own files: 1 for grey, 3 for colour; found out if not said"),
    OWN_FACT(classes, 256, "how many there are in your own files; found out if not said"),
    OWN_FACT(train_count, LIMIT, "how many training images your own files have; 0: found out"),
    OWN_FACT(test_count, LIMIT, "how many test images your own files have; 0: found out"),
};

static const struct cln_field noise_fields[] = {
    {.key = "kind",
     .type = CLN_FIELD_CHOICE,
     .offset = offsetof(struct cln_noise_spec, kind),
     .choices = cln_noise_kind_names,
     .help = "what is done to the pixels"},
    {.key = "scale",
     .type = CLN_FIELD_FLOAT,
     .offset = offsetof(struct cln_noise_spec, scale),
     .max = 1e6,
     .help = "standard deviation, where a pixel goes from 0 to 1; of salt-and-pepper the share of "
             "the pixels that are hit"},
    {.key = "test_scale",
     .type = CLN_FIELD_FLOAT,
     .offset = offsetof(struct cln_noise_spec, test_scale),
     .optional = true,
     .max = 1e6,
     .help = "on images that are not trained on, where that is another"},
    {.key = "draw",
     .type = CLN_FIELD_CHOICE,
     .offset = offsetof(struct cln_noise_spec, draw),
     .choices = noise_draws,
     .help = "once for all epochs, or anew in each epoch"},
    {.key = "clip",
     .type = CLN_FIELD_BOOL,
     .offset = offsetof(struct cln_noise_spec, clip),
     .help = "cuts noisy pixels to 0 to 1"},
};

static const char *const nonfinite_policies[] = {[CLN_NONFINITE_STOP_CELL] = "stop_cell",
                                                 [CLN_NONFINITE_ABORT] = "abort",
                                                 [CLN_NONFINITE_RECORD] = "record",
                                                 [CLN_NONFINITE_POLICIES] = NULL};

static const struct cln_field train_fields[] = {
    {.key = "epochs",
     .type = CLN_FIELD_INT,
     .offset = offsetof(struct cln_train_spec, epochs),
     .number = 1,
     .min = 1,
     .max = 1000000,
     .help = "how often every image is seen"},
    {.key = "batch",
     .type = CLN_FIELD_INT,
     .offset = offsetof(struct cln_train_spec, batch),
     .number = 128,
     .min = 1,
     .max = 65536,
     .help = "images a step"},
    {.key = "seed",
     .type = CLN_FIELD_INT,
     .offset = offsetof(struct cln_train_spec, seed),
     .number = 1,
     .max = EXACT,
     .help = "of weights, shuffles, dropout and noise"},
    {.key = "on_nonfinite",
     .type = CLN_FIELD_CHOICE,
     .offset = offsetof(struct cln_train_spec, on_nonfinite),
     .quiet = true,
     .choices = nonfinite_policies,
     .help = "when loss or weights are NaN or infinite: stop_cell ends the cell, abort the run, "
             "record notes it and goes on"},
};

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

const size_t cln_config_field_count = COUNT(cln_config_fields);

const struct cln_config_section cln_config_sections[] = {
    {"data", offsetof(struct cln_config, data), data_fields, COUNT(data_fields)},
    {"noise", offsetof(struct cln_config, noise), noise_fields, COUNT(noise_fields)},
    {"train", offsetof(struct cln_config, train), train_fields, COUNT(train_fields)},
};

const size_t cln_config_section_count = COUNT(cln_config_sections);

/* All keys of the top mapping, in the order in which messages list them. */
const char *const cln_config_keys[] = {"name",           "data",   "noise",  "train",
                                       "kernel_variant", "fusion", "models", "model",
                                       "evaluate",       "sweep",  NULL};

bool cln_config_is_fixed(const char *key) {
    return !strcmp(key, "name") || !strcmp(key, "sweep") || !strcmp(key, "models") ||
           !strcmp(key, "evaluate");
}

static enum cln_status bind_top_key(const struct cln_yaml_node *child, struct cln_config *config) {
    const struct cln_field *field =
        cln_field_find(cln_config_fields, cln_config_field_count, child->key);
    if (field)
        return cln_field_bind(field, child, child->key, config);
    for (size_t i = 0; i < cln_config_section_count; i++)
        if (!strcmp(cln_config_sections[i].key, child->key))
            return cln_fields_bind(cln_config_sections[i].fields, cln_config_sections[i].count,
                                   child, child->key,
                                   (char *)config + cln_config_sections[i].offset);
    if (!strcmp(child->key, "models"))
        return cln_models_bind(child, config);
    if (!strcmp(child->key, "evaluate"))
        return cln_evaluate_bind(child, &config->evaluate);
    if (!strcmp(child->key, "sweep"))
        return CLN_OK;
    return cln_key_fail_unknown(child, "", cln_config_keys);
}

/* The name becomes a folder's name, so it may not lead elsewhere. */
static enum cln_status check_name(const struct cln_yaml_node *root,
                                  const struct cln_config *config) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    static const char all[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    static const char accepted[] =
        "letters, digits, '.', '_', '-', beginning with a letter or digit";
    const struct cln_yaml_node *node = cln_yaml_child(root, "name");
    if (!node)
        return cln_yaml_fail(root->place, "name", accepted, NULL, "missing");
    if (!*config->name || !strchr(letters, *config->name) ||
        config->name[strspn(config->name, all)])
        return cln_yaml_fail(node->place, "name", accepted, NULL, "'%s' cannot name a folder",
                             config->name);
    return CLN_OK;
}

struct cln_yaml_place cln_config_place(const struct cln_yaml_node *root, const char *section,
                                       const char *key) {
    const struct cln_yaml_node *map = *section ? cln_yaml_child(root, section) : root;
    const struct cln_yaml_node *node = map ? cln_yaml_child(map, key) : NULL;
    return node ? node->place : map ? map->place : root->place;
}

#define MAX_NAMES 64

/* The names of the variants of one op, or for NULL of all, each once; returns how many. */
static int list_variants(const char *of, const char *names[MAX_NAMES]) {
    int count = 0;
    for (const struct cln_op *const *op = cln_ops; *op; op++)
        for (const struct cln_variant *v = (*op)->variants; v && v->name; v++) {
            int at = 0;
            while (at < count && strcmp(names[at], v->name) != 0)
                at++;
            if (at == count && count < MAX_NAMES && (!of || !strcmp((*op)->name, of)))
                names[count++] = v->name;
        }
    return count;
}

/* The names of the ops that have kernels; returns how many. */
static int list_ops(const char *names[MAX_NAMES]) {
    int count = 0;
    for (const struct cln_op *const *op = cln_ops; *op && count < MAX_NAMES; op++)
        if ((*op)->variants && (*op)->variants->name)
            names[count++] = (*op)->name;
    return count;
}

enum cln_status cln_config_check_name(const struct cln_yaml_node *root, const char *section,
                                      const char *key, const char *what, const char *name,
                                      const char *const *names, int count) {
    char dotted[CLN_KEY_SIZE];
    struct cln_text accepted = {0};
    struct cln_nearest nearest = cln_nearest_start(name);
    bool known = false;
    for (int i = 0; i < count; i++) {
        known = known || !strcmp(names[i], name);
        cln_text_add(&accepted, "%s%s", i ? ", " : "", names[i]);
        cln_nearest_offer(&nearest, names[i]);
    }
    cln_key_join(dotted, section, key);
    enum cln_status status = cln_text_check(&accepted);
    if (status == CLN_OK && !known)
        status = cln_yaml_fail(cln_config_place(root, section, key), dotted, accepted.chars,
                               nearest.name, "unknown %s '%s'", what, name);
    cln_text_free(&accepted);
    return status;
}

/* One of "variant" or "op=variant"; the '=' is written over. */
static enum cln_status check_pin(const struct cln_yaml_node *root, char *pin) {
    const char *names[MAX_NAMES];
    char *variant = strchr(pin, '=');
    if (variant) {
        *variant++ = '\0';
        CLN_TRY(
            cln_config_check_name(root, "", "kernel_variant", "op", pin, names, list_ops(names)));
    }
    int count = list_variants(variant ? pin : NULL, names);
    return cln_config_check_name(root, "", "kernel_variant", "variant", variant ? variant : pin,
                                 names, count);
}

static enum cln_status check_variants(const struct cln_yaml_node *root, const char *pins) {
    char pin[CLN_FIELD_TEXT_SIZE];
    while (*pins) {
        size_t length = strcspn(pins, ",");
        memcpy(pin, pins, length);
        pin[length] = '\0';
        CLN_TRY(check_pin(root, pin));
        pins += length + (pins[length] == ',');
    }
    return CLN_OK;
}

/* What is not said here is left to the environment, which is checked as early. */
static enum cln_status check_fusion(const struct cln_yaml_node *root, const char *choice) {
    const char *names[CLN_MAX_RULES + 2] = {"on", "off"};
    int count = 2;
    uint32_t on;
    for (int i = 0; cln_rules[i]; i++)
        names[count++] = cln_rules[i]->name;
    while (*choice) {
        char word[CLN_FIELD_TEXT_SIZE];
        const size_t length = strcspn(choice, ",");
        const bool minus = *choice == '-';
        snprintf(word, sizeof word, "%.*s", (int)length - minus, choice + minus);
        CLN_TRY(cln_config_check_name(root, "", "fusion", "rule", word, names + 2 * minus,
                                      count - 2 * minus));
        choice += length + (choice[length] == ',');
    }
    return cln_rewrite_choose(cln_rules, NULL, &on);
}

static enum cln_status check_scale(const struct cln_yaml_node *root, const char *key, double scale,
                                   double most, const char *why) {
    char dotted[CLN_KEY_SIZE];
    cln_key_join(dotted, "noise", key);
    return !(scale > most) ? CLN_OK
                           : cln_yaml_fail(cln_config_place(root, "noise", key), dotted, NULL, NULL,
                                           "%g is more than %g; %s", scale, most, why);
}

/* What the scales may be depends on the kind. */
static enum cln_status check_noise(const struct cln_yaml_node *root,
                                   const struct cln_config *config) {
    const struct cln_noise_spec *noise = &config->noise;
    const double most = cln_noise_scale_most(noise->kind);
    struct cln_text why = {0};
    cln_text_add(&why, "of %s noise the scale is %s", cln_noise_kind_names[noise->kind],
                 cln_noise_scale_meaning(noise->kind));
    enum cln_status status = cln_text_check(&why);
    if (status == CLN_OK)
        status = check_scale(root, "scale", noise->scale, most, why.chars);
    if (status == CLN_OK)
        status = check_scale(root, "test_scale", noise->test_scale, most, why.chars);
    if (status == CLN_OK && config->evaluate.scale_count)
        status = cln_evaluate_check(cln_yaml_child(root, "evaluate"), &config->evaluate, most,
                                    why.chars);
    cln_text_free(&why);
    return status;
}

enum cln_status cln_config_bind(const struct cln_yaml_node *root, struct cln_config *config) {
    *config = (struct cln_config){0};
    cln_fields_set_defaults(cln_config_fields, cln_config_field_count, config);
    for (size_t i = 0; i < cln_config_section_count; i++)
        cln_fields_set_defaults(cln_config_sections[i].fields, cln_config_sections[i].count,
                                (char *)config + cln_config_sections[i].offset);
    CLN_TRY(cln_map_require(root, ""));
    for (const struct cln_yaml_node *child = root->first; child; child = child->next)
        CLN_TRY(bind_top_key(child, config));
    CLN_TRY(check_name(root, config));
    CLN_TRY(check_variants(root, config->kernel_variant));
    CLN_TRY(cln_pins_check(getenv("CLNOISE_VARIANT"))); /* as early as those of the file */
    CLN_TRY(check_fusion(root, config->fusion));
    CLN_TRY(cln_config_check_data(root, &config->data));
    CLN_TRY(check_noise(root, config));
    if (config->model_count == 0)
        return cln_yaml_fail(root->place, "models", "a mapping of names to layers and optimizer",
                             NULL, "missing");
    if (*config->model && !cln_config_model(config))
        return cln_config_fail_model(config, root);
    return CLN_OK;
}

/* Builds the model's graph on that data set's images, which infers every shape. */
static enum cln_status check_shape(const struct cln_yaml_node *root,
                                   const struct cln_data_spec *data,
                                   const struct cln_model_spec *model) {
    struct cln_data_facts facts;
    CLN_TRY(cln_dataset_facts(data, &facts));
    struct cln_model_shape shape = {.height = (size_t)facts.height,
                                    .width = (size_t)facts.width,
                                    .channels = (size_t)facts.channels,
                                    .classes = (size_t)facts.classes};
    enum cln_status status = cln_model_check(model, &shape);
    if (status != CLN_CONFIG)
        return status;
    const struct cln_yaml_node *map = cln_yaml_child(cln_yaml_child(root, "models"), model->name);
    char dotted[CLN_KEY_SIZE];
    cln_key_join(dotted, "models", model->name);
    return cln_yaml_fail(cln_yaml_child(map, "layers")->place, dotted, NULL, NULL, "%s",
                         cln_error_last()->message);
}

enum cln_status cln_config_check_shapes(const struct cln_config *config,
                                        const struct cln_yaml_node *root,
                                        const struct cln_model_spec *model) {
    CLN_TRY(check_shape(root, &config->data, model));
    if (!*config->data.otherwise)
        return CLN_OK;
    struct cln_data_spec otherwise = config->data;
    memcpy(otherwise.dataset, config->data.otherwise, sizeof otherwise.dataset);
    return check_shape(root, &otherwise, model);
}

void cln_config_print(struct cln_text *out, const struct cln_config *config) {
    cln_text_add(out, "name: ");
    cln_yaml_print_scalar(out, config->name, true);
    for (size_t i = 0; i < cln_config_section_count; i++) {
        cln_text_add(out, "\n%s: ", cln_config_sections[i].key);
        cln_fields_print(out, cln_config_sections[i].fields, cln_config_sections[i].count,
                         (const char *)config + cln_config_sections[i].offset, false);
    }
    cln_text_add(out, "\n");
    if (*config->kernel_variant) {
        cln_text_add(out, "kernel_variant: ");
        cln_yaml_print_scalar(out, config->kernel_variant, true);
        cln_text_add(out, "\n");
    }
    if (*config->fusion) {
        cln_text_add(out, "fusion: ");
        cln_yaml_print_scalar(out, config->fusion, true);
        cln_text_add(out, "\n");
    }
    cln_evaluate_print(out, &config->evaluate);
    cln_models_print(out, config);
    if (*config->model) {
        cln_text_add(out, "model: ");
        cln_yaml_print_scalar(out, config->model, true);
        cln_text_add(out, "\n");
    }
}

void cln_config_print_canonical(struct cln_text *out, const struct cln_config *config,
                                const struct cln_model_spec *model) {
    struct cln_config plain = *config;
    if (plain.noise.test_scale == plain.noise.scale) /* as if it were not said */
        plain.noise.test_scale = NAN;
    if (!plain.data.validation) /* nothing is split */
        plain.data.split_seed = 0;
    plain.train.on_nonfinite = CLN_NONFINITE_STOP_CELL; /* changes no figure that is one */
    /* Where the files lie, and what is found in them, is no part of what was asked for. */
    *plain.data.relative_to = '\0';
    plain.data.facts = (struct cln_data_facts){0};
    cln_text_add(out, "clnoise cell 1\n");
    for (size_t i = 0; i < cln_config_section_count; i++) {
        cln_text_add(out, "%s ", cln_config_sections[i].key);
        cln_fields_print(out, cln_config_sections[i].fields, cln_config_sections[i].count,
                         (const char *)&plain + cln_config_sections[i].offset, true);
        cln_text_add(out, "\n");
    }
    if (*config->kernel_variant)
        cln_text_add(out, "kernel_variant %s\n", config->kernel_variant);
    if (*config->fusion)
        cln_text_add(out, "fusion %s\n", config->fusion);
    cln_model_print_canonical(out, model);
}
