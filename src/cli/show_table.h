/* What `clnoise show` says of the noise of each image, as text. */
#ifndef CLN_CLI_SHOW_TABLE_H
#define CLN_CLI_SHOW_TABLE_H

#include "report/shades.h"

/* "gaussian noise, scale 0.5": a line of its own. */
void cln_show_print_noise(const struct cln_noise_spec *noise);

/* Prints a table for each noise, with mean, standard deviation and hash of every picked image's
 * noise, and says in words whether all of them differ. */
enum cln_status cln_show_table(const struct cln_shown_images *images, const uint32_t *picks,
                               uint32_t pick_count, const char *const *class_names,
                               const struct cln_noise_spec *noises, size_t noise_count);

#endif
