/*
 * One configuration: what a tree says once every key of it is checked and every default filled in.
 * The tables of keys are in schema.c, the models' in models.c.
 */
#ifndef CLN_EXPERIMENT_CONFIG_H
#define CLN_EXPERIMENT_CONFIG_H

#include "data/data_spec.h"
#include "data/noise_spec.h"
#include "experiment/bind.h"
#include "experiment/evaluate.h"
#include "model/model.h"
#include "train/train.h"

#define CLN_MAX_MODELS 100  /* of one file */
#define CLN_MAX_LAYERS 1000 /* of a model */

struct cln_config {
    char name[CLN_FIELD_TEXT_SIZE];
    char model[CLN_FIELD_TEXT_SIZE];          /* which of `models`; "": not said */
    char kernel_variant[CLN_FIELD_TEXT_SIZE]; /* "": the engine chooses */
    char fusion[CLN_FIELD_TEXT_SIZE];         /* "": all rewrite rules */
    struct cln_data_spec data;
    struct cln_noise_spec noise;
    struct cln_train_spec train;
    struct cln_evaluate_spec evaluate;
    struct cln_model_spec *models; /* owned, in the order written */
    int model_count;
};

/* Keys of the top mapping with a value each, in struct cln_config. */
extern const struct cln_field cln_config_fields[];
extern const size_t cln_config_field_count;

/* Those with a mapping of fields: data, noise and the like. */
struct cln_config_section {
    const char *key;
    size_t offset; /* in struct cln_config */
    const struct cln_field *fields;
    size_t count;
};

extern const struct cln_config_section cln_config_sections[];
extern const size_t cln_config_section_count;

/* All keys of the top mapping; ends with NULL. */
extern const char *const cln_config_keys[];

/* Keys of the top mapping that may not be swept. */
bool cln_config_is_fixed(const char *key);

/* Checks and takes in the whole tree but `sweep`. cln_config_done() also after a failure. */
enum cln_status cln_config_bind(const struct cln_yaml_node *root, struct cln_config *config);
void cln_config_done(struct cln_config *config);

/* The place of a key in a section, or at the top where that is ""; where the file does not have it,
 * of the nearest thing above. */
struct cln_yaml_place cln_config_place(const struct cln_yaml_node *root, const char *section,
                                       const char *key);

/* Fails if `name`, the value at `key` of `section`, is none of the names. */
enum cln_status cln_config_check_name(const struct cln_yaml_node *root, const char *section,
                                      const char *key, const char *what, const char *name,
                                      const char *const *names, int count);

/* data_config.c: what the section `data` may say; files of the user's own get a name if they have
 * none. */
enum cln_status cln_config_check_data(const struct cln_yaml_node *root, struct cln_data_spec *data);

/* Writes into the tree what the files of the user's own do not say in it: where their paths begin
 * (the folder of `path`, the experiment file), and, unless the sweep changes which files are meant,
 * their facts. The tree must bind. */
enum cln_status cln_config_resolve_data(struct cln_yaml_pool *pool, struct cln_yaml_node *root,
                                        const char *path);

/* Whether the model can be built on the images and classes of the data set, and of its substitute;
 * by shape inference alone. The message names the layer and stands at the model's layers. */
enum cln_status cln_config_check_shapes(const struct cln_config *config,
                                        const struct cln_yaml_node *root,
                                        const struct cln_model_spec *model);

/* The model that `model` names, or the only one; NULL if that is open or there is no such model. */
struct cln_model_spec *cln_config_model(const struct cln_config *config);

/* CLN_CONFIG: `model` is missing, or names none of the models. */
enum cln_status cln_config_fail_model(const struct cln_config *config,
                                      const struct cln_yaml_node *root);

/* The configuration as an experiment file, defaults written out, without its sweep. */
void cln_config_print(struct cln_text *out, const struct cln_config *config);

/*
 * What the id of a cell is computed from: everything that decides the cell's result, one fact a
 * line. Values equal to their default are left out, so that a key added later, with a default that
 * keeps the old behaviour, keeps the old ids. Whoever changes a default raises the version in it.
 */
void cln_config_print_canonical(struct cln_text *out, const struct cln_config *config,
                                const struct cln_model_spec *model);

/* models.c: the mapping `models`, from and to text. */
enum cln_status cln_models_bind(const struct cln_yaml_node *map, struct cln_config *config);
void cln_models_print(struct cln_text *out, const struct cln_config *config);
void cln_model_print_canonical(struct cln_text *out, const struct cln_model_spec *model);

#endif
