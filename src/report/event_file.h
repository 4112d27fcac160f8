/*
 * TensorBoard's event files, as far as scalars and PNG images go.
 *
 * A file is a row of TFRecords: u64 length | u32 masked CRC-32C of those 8 bytes | data | u32
 * masked CRC-32C of the data, all little-endian (TensorFlow, core/lib/io/record_writer.h). The data
 * are messages of Protocol Buffers, `Event` of tensorflow/core/util/event.proto with a `Summary` of
 * tensorflow/core/framework/summary.proto; the field numbers stand in event_file.c.
 */
#ifndef CLN_REPORT_EVENT_FILE_H
#define CLN_REPORT_EVENT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* When something happened: seconds, from whatever moment; the epoch or step. */
struct cln_event_time {
    double seconds;
    int64_t step;
};

/* The first record of every file. */
void cln_event_begin(struct cln_text *out);

/* One value; TensorBoard draws those of a tag as a curve. */
void cln_event_scalar(struct cln_text *out, struct cln_event_time at, const char *tag,
                      double value);

struct cln_event_image {
    const void *png;
    size_t length;
    uint32_t height, width, channels;
};

void cln_event_image(struct cln_text *out, struct cln_event_time at, const char *tag,
                     const struct cln_event_image *image);

/* Whether these bytes are records to the last one's end, by their lengths; and how many. */
bool cln_event_records(const char *bytes, size_t length, size_t *count);

/* CRC-32C (Castagnoli), as RFC 3720, appendix B.4, tests it. */
uint32_t cln_crc32c(const void *bytes, size_t length);

#endif
