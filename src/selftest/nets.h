/* The nets that the self-test takes its kernels from, and trains: small, of odd shapes, with every
 * kind of layer and optimizer among them. */
#ifndef CLN_SELFTEST_NETS_H
#define CLN_SELFTEST_NETS_H

#include "experiment/experiment.h"

struct cln_net {
    const char *name;
    const char *model; /* YAML: layers and optimizer */
    double rate;       /* of learning, where it is trained: so high that a few steps show */
    struct cln_model_shape shape;
    size_t batch, samples;
    bool brief;    /* for the brief form, which needs few programs; else for the other */
    bool trained;  /* a few steps of it are held against the host's */
    bool evaluate; /* its evaluation has kernels of its own */
};

extern const struct cln_net cln_nets[]; /* ends with a row without name */

/* A net as a model: cells[0].model of the experiment, which the caller frees. */
enum cln_status cln_net_open(const struct cln_net *net, struct cln_experiment **out);

/* A graph of the net, with layers merged by all rules or by none. Free with
 * cln_model_graph_done(). */
enum cln_status cln_net_build(const struct cln_net *net, const struct cln_experiment *experiment,
                              bool merged, bool training, struct cln_model_graph *out);

#endif
