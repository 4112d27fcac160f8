#include "data/registry.h"

#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "data/build.h"

static const char *const digit_names[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

static const char *const clothes_names[] = {"T-shirt/top", "Trouser",   "Pullover", "Dress",
                                            "Coat",        "Sandal",    "Shirt",    "Sneaker",
                                            "Bag",         "Ankle boot"};

/* A character of each of ten columns of the syllabary. */
static const char *const kana_names[] = {"o",  "ki", "su", "tsu", "na",
                                         "ha", "ma", "ya", "re",  "wo"};

static const char *const thing_names[] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                          "dog",      "frog",       "horse", "ship", "truck"};

/* Four IDX files of grey images of 28 x 28 in ten classes. */
#define LIKE_MNIST                                                                                 \
    .file_count = CLN_IDX_FILES, .build = cln_data_build_idx, .classes = 10, .height = 28,         \
    .width = 28, .channels = 1

const struct cln_data_entry cln_data_entries[] = {
    {.name = "mnist",
     .about = "handwritten digits",
     .source = "http://yann.lecun.com/exdb/mnist/",
     .licence = "none stated",
     .files = {{"train-images-idx3-ubyte", 47040016,
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 9912422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", false},
               {"train-labels-idx1-ubyte", 60008,
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 28881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", false},
               {"t10k-images-idx3-ubyte", 7840016,
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 1648877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", false},
               {"t10k-labels-idx1-ubyte", 10008,
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 4542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", false}},
     .mirrors = {"https://storage.googleapis.com/cvdf-datasets/mnist/",
                 "https://ossci-datasets.s3.amazonaws.com/mnist/"},
     .layouts = {"", "mnist", "MNIST/raw"},
     .class_names = digit_names,
     LIKE_MNIST,
     .train_count = 60000,
     .test_count = 10000},
    /* The .gz of Debian's package differ from the published ones (no file name in their headers);
     * the content is the same. */
    {.name = "fashion-mnist",
     .about = "clothes, as small pictures of a shop",
     .source = "https://github.com/zalandoresearch/fashion-mnist",
     .licence = "MIT",
     .files = {{"train-images-idx3-ubyte", 47040016,
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888", 26421880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", false},
               {"train-labels-idx1-ubyte", 60008,
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9", 29515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", false},
               {"t10k-images-idx3-ubyte", 7840016,
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b", 4422102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", false},
               {"t10k-labels-idx1-ubyte", 10008,
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34", 5148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", false}},
     .mirrors = {"https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
                 "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/"
                 "fashion/"},
     .layouts = {"", "fashion-mnist", "FashionMNIST/raw"},
     .system_folder = "/usr/share/datasets/fashion-mnist",
     .system_package = "dataset-fashion-mnist",
     .class_names = clothes_names,
     LIKE_MNIST,
     .train_count = 60000,
     .test_count = 10000},
    /* Published hashes are of the .gz only (those of TensorFlow Datasets' kmnist.txt). */
    {.name = "kmnist",
     .about = "handwritten Japanese characters (Kuzushiji)",
     .source = "https://github.com/rois-codh/kmnist",
     .licence = "CC BY-SA 4.0",
     .files = {{"train-images-idx3-ubyte", 47040016, NULL, 18165135,
                "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4", false},
               {"train-labels-idx1-ubyte", 60008, NULL, 29497,
                "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17", false},
               {"t10k-images-idx3-ubyte", 7840016, NULL, 3041136,
                "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5", false},
               {"t10k-labels-idx1-ubyte", 10008, NULL, 5120,
                "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c", false}},
     .mirrors = {"https://codh.rois.ac.jp/kmnist/dataset/kmnist/"},
     .layouts = {"", "kmnist", "KMNIST/raw"},
     .class_names = kana_names,
     LIKE_MNIST,
     .train_count = 60000,
     .test_count = 10000},
    /* Only one archive of 562 MB with all of EMNIST is published, and no hashes of what is in it.
     */
    {.name = "emnist-digits",
     .about = "handwritten digits of many more hands",
     .source = "https://www.nist.gov/itl/products-and-services/emnist-dataset",
     .licence = "none stated; made from NIST Special Database 19",
     .files = {{"emnist-digits-train-images-idx3-ubyte", 188160016, NULL, 0, NULL, false},
               {"emnist-digits-train-labels-idx1-ubyte", 240008, NULL, 0, NULL, false},
               {"emnist-digits-test-images-idx3-ubyte", 31360016, NULL, 0, NULL, false},
               {"emnist-digits-test-labels-idx1-ubyte", 40008, NULL, 0, NULL, false}},
     .by_hand = "it is published inside one archive of 562 MB, which you may unpack by hand:\n"
                "    curl -LO https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip\n"
                "    echo fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e "
                "gzip.zip | sha256sum -c\n"
                "    unzip -j gzip.zip 'gzip/emnist-digits-*-ubyte.gz' -d FOLDER\n",
     .layouts = {"", "emnist-digits", "EMNIST/raw", "EMNIST/raw/gzip"},
     .class_names = digit_names,
     .transposed = true,
     LIKE_MNIST,
     .train_count = 240000,
     .test_count = 40000},
    /* The hash of the archive is that of TensorFlow Datasets' cifar10.txt; none are published of
     * what is in it. */
    {.name = "cifar-10",
     .about = "small colour photographs of ten kinds of things",
     .source = "https://www.cs.toronto.edu/~kriz/cifar.html",
     .licence = "none stated",
     .file_count = CLN_CIFAR_FILES,
     .files = {{"data_batch_1.bin", 30730000, NULL, 0, NULL, false},
               {"data_batch_2.bin", 30730000, NULL, 0, NULL, false},
               {"data_batch_3.bin", 30730000, NULL, 0, NULL, false},
               {"data_batch_4.bin", 30730000, NULL, 0, NULL, false},
               {"data_batch_5.bin", 30730000, NULL, 0, NULL, false},
               {"test_batch.bin", 30730000, NULL, 0, NULL, false}},
     .archive = {"cifar-10-binary.tar", 200000000, NULL, 170052171,
                 "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                 .bytes_at_most = true},
     .mirrors = {"https://www.cs.toronto.edu/~kriz/"},
     .layouts = {"", "cifar-10", "cifar-10-batches-bin", "cifar-10/cifar-10-batches-bin"},
     .class_names = thing_names,
     .build = cln_data_build_cifar,
     .classes = 10,
     .height = 32,
     .width = 32,
     .channels = 3,
     .train_count = 50000,
     .test_count = 10000},
};

const size_t cln_data_entry_count = sizeof cln_data_entries / sizeof cln_data_entries[0];

enum cln_status cln_data_entry_find(const char *name, const struct cln_data_entry **out) {
    struct cln_text names = {0};
    struct cln_nearest nearest = cln_nearest_start(name);
    for (size_t i = 0; i < cln_data_entry_count; i++) {
        if (strcmp(cln_data_entries[i].name, name) == 0) {
            cln_text_free(&names);
            *out = &cln_data_entries[i];
            return CLN_OK;
        }
        cln_nearest_offer(&nearest, cln_data_entries[i].name);
        cln_text_add(&names, "%s%s", i ? ", " : "", cln_data_entries[i].name);
    }
    enum cln_status status =
        CLN_FAIL(CONFIG, "unknown data set '%s'; accepted: %s%s%s%s", name,
                 names.chars ? names.chars : "", nearest.name ? "; did you mean '" : "",
                 nearest.name ? nearest.name : "", nearest.name ? "'?" : "");
    cln_text_free(&names);
    return status;
}

const struct cln_data_entry *cln_data_entry_of_content(const char *sha256) {
    for (size_t i = 0; i < cln_data_entry_count; i++)
        for (int k = 0; k < cln_data_entries[i].file_count; k++) {
            const char *published = cln_data_entries[i].files[k].sha256;
            if (published && strcmp(published, sha256) == 0)
                return &cln_data_entries[i];
        }
    return NULL;
}
