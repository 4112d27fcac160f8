/* A scene, a fault in it, and what must hold afterwards. */
#ifndef TEST_FAULTS_SCENE_H
#define TEST_FAULTS_SCENE_H

#include <stdbool.h>

/* What is compared with an undisturbed run: nothing; what is printed; the folder of the run, after
 * it was gone on with if it failed. */
enum after { NOTHING, SAME_OUTPUT, SAME_RUN };

struct scene {
    const char *name;
    const char *line;    /* of clnoise; with `trains`, of faults/train.c */
    const char *process; /* whose calls fail: the first argument */
    const char *kind;    /* FAULT_KIND; NULL: code */
    const char *more;    /* one more setting, or NULL */
    enum after after;
    bool edges;    /* the first and the last call of each function, not every call */
    bool trains;   /* see line */
    bool bare;     /* a run of which nothing is derived: most of the time goes there */
    bool cold;     /* without kernels from an earlier process */
    bool succeeds; /* in spite of the fault */
    bool fails;    /* also without the fault, and the driver prints lines of its own */
    bool quick;    /* part of the quick test */
};

/* One call that is to fail: the `number`th of all, or of those of a function. */
struct fault {
    char name[64]; /* "": of all */
    long number;
};

struct faults {
    struct fault *rows; /* free() them */
    int count;
    long calls; /* in the scene, undisturbed */
};

struct stage {
    const char *layer, *clnoise, *train, *kernels; /* paths */
    char *folder, *driver_cache;
};

struct outcome {
    bool wrong, missed; /* the call was never made */
    int code;
};

/* Prints what the system says and exits. */
void stage_give_up(const char *what);

/* Makes folders, data and the undisturbed run; false, with a message, where there is no device or
 * the loader takes no layers. */
bool stage_set(struct stage *stage, int slots);
void stage_clear(struct stage *stage);

/* Plays the scene undisturbed, and finds its calls. */
void stage_list_calls(const struct stage *stage, const struct scene *scene, bool edges,
                      struct faults *out);

/* Plays it with the fault and says on stdout what went wrong, if anything did; `tells`: all. */
struct outcome stage_try(const struct stage *stage, const struct scene *scene,
                         const struct fault *fault, int slot, bool tells);

#endif
