/*
 * A net that a run has trained, from its file: to be used again, anywhere.
 *
 * The metadata of model.safetensors hold what that takes, and no times, so that they are the same
 * however often the cell is trained:
 *
 *     clnoise      the version
 *     model, cell  the model's name, the cell's id
 *     config       the cell's configuration as YAML (cln_cell_recipe())
 *     dataset      what it was trained on, which may stand in for what the configuration names
 *     class_names  a JSON array of texts
 *
 * Beside it lies the cell's cell.json, if it has not been moved: it tells with which kernels the
 * net was trained and tested, for the same bits on the same device, and where files of the user's
 * own lie.
 */
#ifndef CLN_RUN_TRAINED_H
#define CLN_RUN_TRAINED_H

#include "experiment/experiment.h"
#include "graph/tune.h"

struct cln_trained {
    char *path;                     /* of model.safetensors */
    char cell_id[CLN_CELL_ID_SIZE]; /* as trained; overrides do not change it */
    struct cln_experiment *experiment;
    struct cln_cell *cell;       /* the only one of the experiment */
    struct cln_data_facts facts; /* of the images that the net takes */
    const char **class_names;    /* `classes` of the facts */
    char *kernels;               /* pins; NULL: not known */
    char *device; /* on which they were chosen, as cln_trained_device_name() has it; or NULL */
    void *memory; /* of texts above */
};

/*
 * Finds and reads what there is to know of a net, without its weights. `where` is a
 * model.safetensors, the folder of a cell, or the folder of a run; of the latter, `cell` says which
 * net is meant, by its id or the beginning of it (NULL: there is but one). The overrides change its
 * configuration ("noise.test_scale=0.5", "data.test_limit=100"); `evaluate` is empty unless they
 * say otherwise. CLN_FILE, or CLN_CONFIG for cell and overrides. Free *out.
 */
enum cln_status cln_trained_open(const char *where, const char *cell, const char *const *overrides,
                                 int override_count, struct cln_trained **out);
void cln_trained_free(struct cln_trained *trained);

/*
 * The net on a device, to evaluate and to predict; blocks. The data set and the context must
 * outlive the trainer. `tuner` may be NULL; it is not asked where the kernels are known. CLN_FILE
 * if the weights are not those of the model, CLN_CONFIG if the images are not what the net takes.
 */
enum cln_status cln_trained_put(const struct cln_trained *trained, struct cln_context *context,
                                const struct cln_dataset *dataset, struct cln_tuner *tuner,
                                struct cln_trainer **out);

/* Whether the kernels are known that the net is to be computed with on this device. */
bool cln_trained_knows_kernels(const struct cln_trained *trained, const struct cln_device *device);

/* Writes the weights of the cell's trainer with the metadata above; blocks. */
enum cln_status cln_trained_write(const char *path, const struct cln_cell *cell,
                                  const struct cln_dataset *dataset, struct cln_trainer *trainer);

#endif
