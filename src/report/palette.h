/*
 * Colours of lines. Noise scales take a ramp that grows lighter from one end to the other, so that
 * their order shows to colour-blind readers and in grey print as well; clean data are ink.
 */
#ifndef CLN_REPORT_PALETTE_H
#define CLN_REPORT_PALETTE_H

#include <stddef.h>

#include "report/canvas.h"

/* Colour number `number` of `count` noise scales, weakest first. */
struct cln_color cln_palette_scale(size_t number, size_t count);

struct cln_curves;

/* The colour that scale number `scale` of the curves has in every figure of a run. */
struct cln_color cln_palette_of_scale(const struct cln_curves *curves, size_t scale);

/* What heat maps lay over the ground, the more the larger the value. */
struct cln_color cln_palette_heat(void);

/* Colours of unordered things, such as models; they repeat after six. */
struct cln_color cln_palette_kind(size_t number);

#endif
