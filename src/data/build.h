/*
 * How the files of a published data set become images and labels: one function a format, which the
 * rows of the registry name.
 */
#ifndef CLN_DATA_BUILD_H
#define CLN_DATA_BUILD_H

#include "data/locate.h"

/* Four IDX files, in the order of enum cln_data_part. */
enum cln_status cln_data_build_idx(const struct cln_data_entry *entry,
                                   struct cln_data_content *contents,
                                   const struct cln_data_spec *spec, struct cln_dataset *dataset);

/* CIFAR-10's binary version: five files of training images, one of test images. */
#define CLN_CIFAR_FILES 6

enum cln_status cln_data_build_cifar(const struct cln_data_entry *entry,
                                     struct cln_data_content *contents,
                                     const struct cln_data_spec *spec, struct cln_dataset *dataset);

/*
 * Makes images and labels out of the contents of two IDX files and takes the images' memory from
 * the first (its bytes are NULL afterwards). Both must have the same count, the row's dimensions
 * and only labels below its classes. `limit` (named `limit_key` in messages): 0 for all.
 */
enum cln_status cln_data_split_build(const struct cln_data_entry *entry,
                                     struct cln_data_content *images,
                                     const struct cln_data_content *labels, int64_t limit,
                                     const char *limit_key, struct cln_dataset_split *out);

/* CLN_CONFIG unless the limit is 0 (all) to `count`; *kept is what it leaves of `count`. */
enum cln_status cln_data_limit(const char *dataset, const char *limit_key, int64_t limit,
                               uint32_t count, uint32_t *kept);

/* Swaps the rows and columns of each of `count` images of size x size, in place. */
void cln_data_transpose(uint8_t *images, size_t count, size_t size);

#endif
