/* A run folder made by hand: an experiment of two small models at two noise scales. */
#ifndef CLN_TEST_RUN_FIXTURE_H
#define CLN_TEST_RUN_FIXTURE_H

#include "experiment/experiment.h"

#define RUN_FIXTURE_CELLS 4 /* convnet 0, convnet 1, mlp 0, mlp 1 */

extern const char run_fixture_config[];

/* Writes config.yaml into the folder and loads it; cln_experiment_free() the result. */
struct cln_experiment *run_fixture_begin(const char *folder);

/* Writes cells/<id>/cell.json with that status and `extra`, further members after a comma; and a
 * journal of `epochs` lines, of accuracy .1 * epoch + .001 * index, validated .05 lower. */
void run_fixture_cell(const char *folder, const struct cln_experiment *experiment, int index,
                      const char *status, int epochs, const char *extra);

/* All cells done, of three epochs, with evaluations at both scales, mistakes and times. */
void run_fixture_whole(const char *folder);

#endif
