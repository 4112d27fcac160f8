/* Labels beside points: none covers another or leaves the frame, and none goes far in vain. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/boxes.h"

static const struct cln_box frame = {0, 0, 800, 400};

static bool overlap(const struct cln_box *a, const struct cln_box *b) {
    return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

static void labels_cover_no_label_and_no_taken_box(void **state) {
    (void)state;
    const struct cln_box taken[] = {{0, 190, 800, 210}, {390, 0, 410, 400}};
    int placed = 0;
    srand(1);
    for (int round = 0; round < 300; round++) {
        struct cln_spot spots[20] = {{0}};
        double crowd = round % 3 ? 1 : 0.1; /* every third round all points lie close together */
        for (int i = 0; i < 20; i++) {
            spots[i].x = 100 + crowd * (rand() % 600);
            spots[i].y = 100 + crowd * (rand() % 200);
            spots[i].radius = rand() % 30;
            spots[i].width = 40 + rand() % 120;
            spots[i].height = 14;
        }
        cln_spots_place(spots, 20, 15, &frame, taken, 2);
        for (int i = 0; i < 20; i++) {
            assert_true(i < 15 || !spots[i].placed);
            if (!spots[i].placed)
                continue;
            const struct cln_box *box = &spots[i].box;
            placed++;
            /* Sums of doubles: the size is exact but for rounding. */
            assert_true(fabs(box->right - box->left - spots[i].width) < 1e-9);
            assert_true(fabs(box->bottom - box->top - 14) < 1e-9);
            assert_true(box->left >= 0 && box->top >= 0 && box->right <= 800 && box->bottom <= 400);
            assert_false(overlap(box, &taken[0]) || overlap(box, &taken[1]));
            for (int j = 0; j < i; j++)
                assert_false(spots[j].placed && overlap(box, &spots[j].box));
        }
    }
    assert_true(placed > 300 * 15 * 6 / 10); /* most find room; 79 % did */
}

static void a_label_alone_stays_by_its_point(void **state) {
    (void)state;
    for (int corner = 0; corner < 4; corner++) {
        struct cln_spot spot = {.x = corner & 1 ? 795 : 5,
                                .y = corner & 2 ? 395 : 5,
                                .radius = 3,
                                .width = 60,
                                .height = 14};
        cln_spots_place(&spot, 1, 1, &frame, NULL, 0);
        assert_true(spot.placed);
        double x = fmax(spot.box.left, fmin(spot.x, spot.box.right));
        double y = fmax(spot.box.top, fmin(spot.y, spot.box.bottom));
        assert_true(hypot(x - spot.x, y - spot.y) <= 3 + 4 + 1e-9); /* its radius and the gap */
    }
    struct cln_spot wide = {.x = 400, .y = 200, .radius = 3, .width = 900, .height = 14};
    cln_spots_place(&wide, 1, 1, &frame, NULL, 0);
    assert_false(wide.placed);
}

/* The second of two neighbours leaves the first one's disc alone if there is other room. */
static void labels_avoid_discs(void **state) {
    (void)state;
    struct cln_spot spots[] = {{.x = 400, .y = 200, .radius = 5, .width = 60, .height = 14},
                               {.x = 425, .y = 200, .radius = 15, .width = 60, .height = 14}};
    cln_spots_place(spots, 2, 1, &frame, NULL, 0);
    assert_true(spots[0].placed);
    assert_true(spots[0].box.right < 410 || spots[0].box.bottom < 185 || spots[0].box.top > 215);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_cover_no_label_and_no_taken_box),
        cmocka_unit_test(a_label_alone_stays_by_its_point),
        cmocka_unit_test(labels_avoid_discs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
