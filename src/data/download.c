#include "data/download.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/folder.h"
#include "clnoise/version.h"

#define CONNECT_SECONDS 10
#define STALL_SECONDS   30
#define STALL_BYTES     100 /* a second, on average over the stall time */
#define MOST_REDIRECTS  5

/* One request and what has come of it. */
struct transfer {
    const struct cln_download *download;
    const struct cln_data_file *file;
    const char *mirror;
    char name[128]; /* of the file on the mirror */
    uint8_t *bytes; /* room for gz_bytes */
    size_t length;
    bool too_long; /* the server sends more than was published */
    bool interrupted;
};

struct cln_download cln_download_of(const struct cln_data_entry *entry,
                                    const struct cln_data_source *source) {
    return (struct cln_download){.mirrors = entry->mirrors,
                                 .connect_seconds = CONNECT_SECONDS,
                                 .stall_seconds = STALL_SECONDS,
                                 .source = source};
}

static void report(const struct transfer *transfer, bool finished) {
    const struct cln_data_source *source = transfer->download->source;
    if (!source || !source->on_progress)
        return;
    struct cln_data_progress progress = {.file = transfer->name,
                                         .mirror = transfer->mirror,
                                         .done_bytes = transfer->length,
                                         .total_bytes = transfer->file->gz_bytes,
                                         .finished = finished};
    source->on_progress(source->context, &progress);
}

/* Called by libcurl with each piece; taking less than was offered ends the transfer. */
static size_t take(char *piece, size_t size, size_t count, void *context) {
    struct transfer *transfer = context;
    size_t length = size * count;
    if (length > transfer->file->gz_bytes - transfer->length) {
        transfer->too_long = true;
        return 0;
    }
    memcpy(transfer->bytes + transfer->length, piece, length);
    transfer->length += length;
    return length;
}

/* Called by libcurl about once a second, and with each piece; not 0 ends the transfer. */
static int tick(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total,
                curl_off_t up_now) {
    (void)total, (void)now, (void)up_total, (void)up_now;
    struct transfer *transfer = context;
    const struct cln_data_source *source = transfer->download->source;
    report(transfer, false);
    transfer->interrupted = source && source->interrupted && source->interrupted(source->context);
    return transfer->interrupted;
}

static CURLcode allow_protocols(CURL *curl, bool allow_http) {
#if LIBCURL_VERSION_NUM >= 0x075500
    CURLcode code =
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, allow_http ? "http,https" : "https");
    return code ? code : curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
#else
    long both = CURLPROTO_HTTPS | (allow_http ? CURLPROTO_HTTP : 0);
    CURLcode code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS, both);
    return code ? code : curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, (long)CURLPROTO_HTTPS);
#endif
}

static enum cln_status prepare(CURL *curl, struct transfer *transfer, const char *url,
                               char reason[CURL_ERROR_SIZE]) {
    const struct cln_download *download = transfer->download;
    char agent[64]; /* libcurl copies it */
    snprintf(agent, sizeof agent, "clnoise/%s", cln_version());
    CURLcode code = allow_protocols(curl, download->allow_http);
#define SET(option, value)                                                                         \
    if (!code)                                                                                     \
    code = curl_easy_setopt(curl, CURLOPT_##option, value)
    SET(URL, url);
    SET(ERRORBUFFER, reason);
    SET(USERAGENT, agent);
    SET(NOSIGNAL, 1L);
    SET(FAILONERROR, 1L);
    SET(FOLLOWLOCATION, 1L);
    SET(MAXREDIRS, (long)MOST_REDIRECTS);
    SET(CONNECTTIMEOUT, download->connect_seconds);
    SET(LOW_SPEED_LIMIT, (long)STALL_BYTES);
    SET(LOW_SPEED_TIME, download->stall_seconds);
    SET(WRITEFUNCTION, take);
    SET(WRITEDATA, transfer);
    SET(XFERINFOFUNCTION, tick);
    SET(XFERINFODATA, transfer);
    SET(NOPROGRESS, 0L);
#undef SET
    return code ? CLN_FAIL(INTERNAL, "cannot set up a download: %s", curl_easy_strerror(code))
                : CLN_OK;
}

/* The reason why the request failed; names no address, the caller does. */
static enum cln_status judge(const struct transfer *transfer, CURLcode code, long response,
                             const char *reason) {
    unsigned long long wanted = transfer->file->gz_bytes;
    if (transfer->interrupted)
        return CLN_FAIL(INTERRUPTED, "interrupted while downloading %s", transfer->name);
    if (transfer->too_long)
        return CLN_FAIL(DATA, "more than the %llu bytes expected", wanted);
    if (code == CURLE_HTTP_RETURNED_ERROR)
        return CLN_FAIL(DATA, "HTTP status %ld", response);
    if (code == CURLE_OPERATION_TIMEDOUT && transfer->length)
        return CLN_FAIL(DATA, "stalled after %zu of %llu bytes", transfer->length, wanted);
    if (code == CURLE_OUT_OF_MEMORY)
        return CLN_FAIL(MEMORY, "out of memory while downloading %s", transfer->name);
    if (code)
        return CLN_FAIL(DATA, "%s", *reason ? reason : curl_easy_strerror(code));
    if (transfer->length < wanted)
        return CLN_FAIL(DATA, "only %zu of %llu bytes", transfer->length, wanted);
    return CLN_OK;
}

static void init_curl(void) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static enum cln_status request(struct transfer *transfer) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_curl);
    struct cln_text url = {0};
    cln_text_add(&url, "%s%s", transfer->mirror, transfer->name);
    CLN_TRY(cln_text_check(&url));
    enum cln_status status;
    char reason[CURL_ERROR_SIZE] = "";
    long response = 0;
    CURL *curl = curl_easy_init();
    if (!curl) {
        cln_text_free(&url);
        return CLN_FAIL(INTERNAL, "libcurl does not start");
    }
    CLN_TRY_GOTO(prepare(curl, transfer, url.chars, reason));
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response);
    report(transfer, true);
    CLN_TRY_GOTO(judge(transfer, code, response, reason));
fail:
    curl_easy_cleanup(curl);
    cln_text_free(&url);
    return status;
}

static enum cln_status check_published_hash(const struct transfer *transfer) {
    char sha256[CLN_SHA256_HEX_SIZE];
    CLN_TRY(cln_sha256(transfer->bytes, transfer->length, sha256));
    if (strcmp(sha256, transfer->file->gz_sha256) != 0)
        return CLN_FAIL(DATA, "wrong content: SHA-256 is %s, expected %s", sha256,
                        transfer->file->gz_sha256);
    return CLN_OK;
}

/* The bytes are checked as they are to be found again: uncompressed. The .gz is what is kept. */
static enum cln_status keep(const struct transfer *transfer, const char *folder,
                            struct cln_data_content *out) {
    char *path = cln_path_join(folder, transfer->name);
    void *copy = malloc(transfer->length);
    if (!path || !copy) {
        free(path);
        free(copy);
        return CLN_FAIL(MEMORY, "out of memory while keeping %s", transfer->name);
    }
    enum cln_status status;
    memcpy(copy, transfer->bytes, transfer->length);
    CLN_TRY_GOTO(cln_data_content_check(transfer->file, path, copy, transfer->length, out));
    CLN_TRY_GOTO(cln_folder_make(folder));
    CLN_TRY_GOTO(cln_file_write(path, transfer->bytes, transfer->length));
    out->downloaded = true;
    free(path);
    return CLN_OK;
fail:
    cln_data_content_done(out);
    free(path);
    return status;
}

/* A mirror that fails leaves the next one to be tried; anything else that fails is the end. */
enum cln_status cln_download_file(const struct cln_download *download,
                                  const struct cln_data_file *file, const char *folder,
                                  struct cln_data_content *out) {
    struct cln_text reasons = {0};
    struct transfer transfer = {.download = download, .file = file};
    snprintf(transfer.name, sizeof transfer.name, "%s.gz", file->name);
    transfer.bytes = malloc((size_t)file->gz_bytes);
    if (!transfer.bytes)
        return CLN_FAIL(MEMORY, "out of memory for %llu bytes of %s",
                        (unsigned long long)file->gz_bytes, transfer.name);
    enum cln_status status = CLN_DATA;
    for (size_t i = 0; download->mirrors[i] && status == CLN_DATA; i++) {
        transfer.mirror = download->mirrors[i];
        transfer.length = 0;
        transfer.too_long = false;
        status = request(&transfer);
        if (status == CLN_OK)
            status = check_published_hash(&transfer);
        if (status == CLN_OK)
            status = keep(&transfer, folder, out);
        if (status == CLN_DATA)
            cln_text_add(&reasons, "%s%s: %s", reasons.length ? "; " : "", transfer.mirror,
                         cln_error_last()->message);
    }
    if (status == CLN_DATA)
        status = CLN_FAIL(DATA, "not downloaded: %s",
                          reasons.chars ? reasons.chars : "no mirror is known");
    free(transfer.bytes);
    cln_text_free(&reasons);
    return status;
}
