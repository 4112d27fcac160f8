/*
 * The optimizers: one launch over all parameters as one flat vector of `elems` floats, with the
 * gradient g and the state vectors alike. Each rule is Keras's; src/nn/optimizer_<name>.c says
 * which.
 *
 * A work-item takes CHUNK elements, WIDTH at a time; what does not fill a vector goes through the
 * same code by way of a private one. The learning rate and the step come from the control words,
 * and the first step that leaves a weight which is no finite number is noted there; a gradient that
 * is none leaves such a weight under every rule here.
 * 1 - rho and 1 - beta come from the host, because 1.0f - 0.999f is off by 1.3e-5 of itself.
 */
#include "control.clh"
#include "register_tile.clh"
#include "tensor.clh"

#ifndef CHUNK /* a multiple of WIDTH */
#define CHUNK WIDTH
#endif
#ifndef MOMENTUM /* 0: without, its vector is not touched; 1: with */
#define MOMENTUM 0
#endif
#ifndef NESTEROV
#define NESTEROV 0
#endif

#define BROADCAST(x) ((FLOATV)(x))

/* Runs UPDATE(load, store) for each vector of this work-item's chunk. */
#define LOAD_WHOLE(p)     VLOAD((p) + i)
#define STORE_WHOLE(v, p) STORE_GLOBAL(v, (p) + i)
#define LOAD_PART(p)      load_part((p) + i, end - i)
#define STORE_PART(v, p)  store_part(v, (p) + i, end - i)
#define FOR_CHUNK(UPDATE)                                                                          \
    do {                                                                                           \
        uint i = get_global_id(0) * CHUNK, end = min(elems, i + CHUNK);                            \
        for (; i + WIDTH <= end; i += WIDTH)                                                       \
            UPDATE(LOAD_WHOLE, STORE_WHOLE);                                                       \
        if (i < end)                                                                               \
            UPDATE(LOAD_PART, STORE_PART);                                                         \
        note_trouble(trouble, control);                                                            \
    } while (0)

/* Any number but these, times zero, is zero. */
#define KEEP_WEIGHT(store, value)                                                                  \
    {                                                                                              \
        const FLOATV kept = value;                                                                 \
        trouble = fma(kept, BROADCAST(0.0f), trouble);                                             \
        store(kept, w);                                                                            \
    }

static inline void note_trouble(FLOATV trouble, volatile __global uint *control) {
    float part[WIDTH];
    bool bad = false;
    VSTORE(trouble, part);
    for (uint i = 0; i < WIDTH; i++)
        bad = bad || isnan(part[i]);
    if (bad) /* the first one stays; all of one step write the same */
        atomic_cmpxchg(control + CONTROL_SPOILT, 0u, control[CONTROL_STEP] + 1);
}

#define OPEN_COMMON                                                                                \
    OPEN(float, w);                                                                                \
    OPEN(const float, g);                                                                          \
    OPEN(uint, control);                                                                           \
    FLOATV trouble = BROADCAST(0.0f);                                                              \
    const FLOATV rate = BROADCAST(as_float(control[CONTROL_LEARNING_RATE]));

/* velocity = momentum velocity - rate g;  w += velocity, or with Nesterov what comes after it */
#define SGD(load, store)                                                                           \
    {                                                                                              \
        FLOATV gradient = load(g);                                                                 \
        KEEP_WEIGHT(store, fma(-rate, gradient, load(w)));                                         \
    }
#define SGD_MOMENTUM(load, store)                                                                  \
    {                                                                                              \
        FLOATV down = -rate * load(g);                                                             \
        FLOATV v = fma(momentum, load(velocity), down);                                            \
        store(v, velocity);                                                                        \
        KEEP_WEIGHT(store, load(w) + (NESTEROV ? fma(momentum, v, down) : v));                     \
    }

WIDE kernel void sgd(TENSOR(float, w), TENSOR(const float, g), TENSOR(float, velocity),
                     TENSOR(uint, control), uint elems, float momentum_1) {
    OPEN_COMMON
#if MOMENTUM
    OPEN(float, velocity);
    const FLOATV momentum = BROADCAST(momentum_1);
    FOR_CHUNK(SGD_MOMENTUM);
#else
    FOR_CHUNK(SGD);
#endif
}

/* mean = rho mean + (1 - rho) g^2;  w -= rate g / (sqrt(mean) + epsilon) */
#define RMSPROP(load, store)                                                                       \
    {                                                                                              \
        FLOATV gradient = load(g);                                                                 \
        FLOATV m = fma(rho, load(mean_square), one_minus_rho * gradient * gradient);               \
        store(m, mean_square);                                                                     \
        KEEP_WEIGHT(store, load(w) - rate * gradient / (sqrt(m) + epsilon));                       \
    }
#define RMSPROP_MOMENTUM(load, store)                                                              \
    {                                                                                              \
        FLOATV gradient = load(g);                                                                 \
        FLOATV m = fma(rho, load(mean_square), one_minus_rho * gradient * gradient);               \
        FLOATV v = fma(momentum, load(velocity), rate * gradient / sqrt(m + epsilon));             \
        store(m, mean_square);                                                                     \
        store(v, velocity);                                                                        \
        KEEP_WEIGHT(store, load(w) - v);                                                           \
    }

WIDE kernel void rmsprop(TENSOR(float, w), TENSOR(const float, g), TENSOR(float, mean_square),
                         TENSOR(float, velocity), TENSOR(uint, control), uint elems, float rho_1,
                         float one_minus_rho_1, float momentum_1, float epsilon_1) {
    OPEN_COMMON
    OPEN(float, mean_square);
    const FLOATV rho = BROADCAST(rho_1), one_minus_rho = BROADCAST(one_minus_rho_1);
    const FLOATV epsilon = BROADCAST(epsilon_1);
#if MOMENTUM
    OPEN(float, velocity);
    const FLOATV momentum = BROADCAST(momentum_1);
    FOR_CHUNK(RMSPROP_MOMENTUM);
#else
    FOR_CHUNK(RMSPROP);
#endif
}

/*
 * mean = rho mean + (1 - rho) g^2;  step = g sqrt(mean_step + epsilon) / sqrt(mean + epsilon);
 * mean_step = rho mean_step + (1 - rho) step^2;  w -= rate step
 */
#define ADADELTA(load, store)                                                                      \
    {                                                                                              \
        FLOATV gradient = load(g), before = load(mean_step);                                       \
        FLOATV m = fma(rho, load(mean_square), one_minus_rho * gradient * gradient);               \
        FLOATV step = gradient * sqrt((before + epsilon) / (m + epsilon));                         \
        store(m, mean_square);                                                                     \
        store(fma(rho, before, one_minus_rho *step *step), mean_step);                             \
        KEEP_WEIGHT(store, fma(-rate, step, load(w)));                                             \
    }

WIDE kernel void adadelta(TENSOR(float, w), TENSOR(const float, g), TENSOR(float, mean_square),
                          TENSOR(float, mean_step), TENSOR(uint, control), uint elems, float rho_1,
                          float one_minus_rho_1, float epsilon_1) {
    OPEN_COMMON
    OPEN(float, mean_square);
    OPEN(float, mean_step);
    const FLOATV rho = BROADCAST(rho_1), one_minus_rho = BROADCAST(one_minus_rho_1);
    const FLOATV epsilon = BROADCAST(epsilon_1);
    FOR_CHUNK(ADADELTA);
}

/*
 * mean = beta_1 mean + (1 - beta_1) g;  mean_square likewise with beta_2 and g^2;
 * w -= rate sqrt(1 - beta_2^t) / (1 - beta_1^t) mean / (sqrt(mean_square) + epsilon), t from 1
 */
#define ADAM(load, store)                                                                          \
    {                                                                                              \
        FLOATV gradient = load(g), m = load(mean), v = load(mean_square);                          \
        m = fma(gradient - m, one_minus_beta_1, m);                                                \
        v = fma(fma(gradient, gradient, -v), one_minus_beta_2, v);                                 \
        store(m, mean);                                                                            \
        store(v, mean_square);                                                                     \
        KEEP_WEIGHT(store, load(w) - corrected * m / (sqrt(v) + epsilon));                         \
    }

/* The logarithms are of beta_1 and beta_2: 1 - beta^t loses nothing that way when t is small. */
WIDE kernel void adam(TENSOR(float, w), TENSOR(const float, g), TENSOR(float, mean),
                      TENSOR(float, mean_square), TENSOR(uint, control), uint elems,
                      float one_minus_1, float one_minus_2, float log_beta_1, float log_beta_2,
                      float epsilon_1) {
    OPEN_COMMON
    OPEN(float, mean);
    OPEN(float, mean_square);
    const FLOATV one_minus_beta_1 = BROADCAST(one_minus_1);
    const FLOATV one_minus_beta_2 = BROADCAST(one_minus_2);
    const FLOATV epsilon = BROADCAST(epsilon_1);
    const float t = convert_float(control[CONTROL_STEP] + 1);
    const FLOATV corrected =
        rate * BROADCAST(sqrt(-expm1(t * log_beta_2)) / -expm1(t * log_beta_1));
    FOR_CHUNK(ADAM);
}
