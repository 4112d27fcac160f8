/* Texts from drivers, files and users, made fit for JSON, for drawing and for terminals. */
#ifndef CLN_BASE_UTF8_H
#define CLN_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A copy in which every byte that belongs to no well-formed UTF-8 character is '?'. free() it;
 * NULL when out of memory. */
char *cln_utf8_clean(const char *text);

/*
 * Takes from the text, in place, what could make a terminal do anything but show it: control
 * characters (C0, DEL, C1), those that turn the direction of writing round, line separators, and
 * bytes that are no UTF-8 become '?'. With `lines`, newlines and tabs stay.
 */
void cln_utf8_disarm(char *text, bool lines);

/* For tables: how many columns of a terminal a well-formed text takes, two for a wide character and
 * none for one that joins the one before it. Bytes that are no character end a text. */
int cln_utf8_columns(const char *text);

/* How many bytes of it are whole characters that fit into so many columns, and what they take. */
size_t cln_utf8_fitting(const char *text, int columns, int *taken);

/* Prints what fits into so many columns, and blanks for what is left of them. */
void cln_utf8_print(FILE *to, const char *text, int columns);

#endif
