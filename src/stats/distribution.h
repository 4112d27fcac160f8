/* The two distributions that intervals need. */
#ifndef CLN_STATS_DISTRIBUTION_H
#define CLN_STATS_DISTRIBUTION_H

/* The probability that a standard normal number is below z. */
double cln_normal_below(double z);

/* The z below which it is with probability p, in 0 to 1; infinite at the ends. */
double cln_normal_quantile(double p);

/* The same of Student's t with `freedom` >= 1 degrees of freedom. */
double cln_t_quantile(double p, int freedom);

#endif
