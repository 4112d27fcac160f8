/* The attributes of the pooling ops. */
#ifndef CLN_NN_POOL_H
#define CLN_NN_POOL_H

#include <stdbool.h>
#include <stdint.h>

struct cln_pool_attrs {
    int64_t size[2];   /* of the window: height, width */
    int64_t stride[2]; /* 0: the size */
    int padding;       /* enum cln_padding */
    bool through_relu; /* max_pool2d_backward: x is a relu's output, dx is before that relu */
};

#endif
