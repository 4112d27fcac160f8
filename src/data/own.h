/*
 * Files of the user's own as a data set.
 *
 *     four arrays, each IDX or NumPy, plain or as .gz: images (count, height, width) or (count,
 *     height, width, channels) of bytes, and labels (count) of integers from 0 to 255
 *
 *     a folder of PNG files, train/<class>/<name>.png and test/<class>/<name>.png
 *
 * All of it is untrusted: sizes are checked before memory is taken. Nothing is ever substituted
 * for it.
 */
#ifndef CLN_DATA_OWN_H
#define CLN_DATA_OWN_H

#include "data/dataset.h"

#define CLN_IMAGE_MAX_ELEMS (1 << 20) /* values of one image: 1024 x 1024 in grey */

/*
 * Reads as little as tells height, width, channels, classes and counts: the headers of arrays, and
 * the labels; of a folder its names and one image. Blocks. CLN_DATA with file and reason.
 */
enum cln_status cln_own_facts(const struct cln_data_spec *spec, struct cln_data_facts *out);

/* Reads all of it. CLN_DATA if it is not what spec->facts say. The caller frees *out. */
enum cln_status cln_own_load(const struct cln_data_spec *spec, struct cln_dataset **out);

/* What the above is made of: one function each for arrays (own_arrays.c) and folders
 * (own_folder.c). They fill in all but name, limits and what follows from them. */
enum cln_status cln_own_arrays_facts(const struct cln_data_spec *spec, struct cln_data_facts *out);
enum cln_status cln_own_arrays_load(const struct cln_data_spec *spec, struct cln_dataset *dataset);
enum cln_status cln_own_folder_facts(const struct cln_data_spec *spec, struct cln_data_facts *out);
enum cln_status cln_own_folder_load(const struct cln_data_spec *spec, struct cln_dataset *dataset);

/* Gives the data set its name and its `classes` their names, copied; NULL: their numbers. */
enum cln_status cln_own_keep_names(const struct cln_data_spec *spec, struct cln_dataset *dataset,
                                   char *const *class_names);

/* The path, if it is not absolute below spec->relative_to; free() it. */
enum cln_status cln_own_path(const struct cln_data_spec *spec, const char *path, char **out);

/* CLN_DATA unless an image can have these dimensions. */
enum cln_status cln_own_check_image(const char *path, uint64_t height, uint64_t width,
                                    uint64_t channels);

#endif
