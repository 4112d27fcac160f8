/* A run's folder with one cell, whose files are a fuzzer's bytes. */
#ifndef CLN_TEST_FUZZ_RUN_FOLDER_H
#define CLN_TEST_FUZZ_RUN_FOLDER_H

#include "experiment/experiment.h"
#include "fuzz/fuzz.h"
#include "report/results.h"

/* The experiment of the folder, of one cell; its config.yaml is there from then on. Borrowed. */
const struct cln_experiment *fuzz_run_experiment(void);

/*
 * Writes cell.json, metrics.jsonl, images.json and model.safetensors of the cell, with a line "---"
 * between them; the last takes what is left. One that is empty, but for cell.json, is taken away.
 * `begin` (may be NULL) is what cell.json begins with. Returns the run's folder.
 */
const char *fuzz_run_folder(const char *begin, const uint8_t *data, size_t size);

/* The results in such a folder; cln_results_free() them. NULL: refused, with a proper error. */
struct cln_results *fuzz_run_results(const uint8_t *data, size_t size);

#endif
