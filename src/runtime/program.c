/* Makes one program: from the disk if it is there, else from source. Builds several at once. */
#include "runtime/program.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/kernel_source.h"
#include "runtime/program_private.h"

#define MAX_THREADS 8

/* Compilers run on our threads; some systems give those less stack than they need. */
#define STACK_BYTES ((size_t)16 << 20)

/* One program to make. Errors are kept by thread, so a job carries its own. */
struct job {
    struct cln_program *program;
    enum cln_status status;
    struct cln_error error;
    char *detail;
};

struct crew {
    const struct cln_context *context;
    struct job *jobs;
    int count, next, ready;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

static void free_program(struct cln_program *program) {
    if (!program)
        return;
    if (program->program)
        clReleaseProgram(program->program);
    free(program->file);
    free(program->options);
    free(program);
}

void cln_programs_free(struct cln_context *context) {
    while (context->programs) {
        struct cln_program *program = context->programs;
        context->programs = program->next;
        free_program(program);
    }
}

static struct cln_program *find(struct cln_program *first, const char *file, const char *options) {
    for (; first; first = first->next)
        if (!strcmp(first->file, file) && !strcmp(first->options, options ? options : ""))
            return first;
    return NULL;
}

static cl_int compile(const struct cln_context *context, cl_program program, const char *options) {
    cl_device_id id = context->device->id;
    return clBuildProgram(program, 1, &id, options, NULL, NULL);
}

static bool load(const struct cln_context *context, const char *key, const char *options,
                 struct cln_program *program) {
    unsigned char *binary;
    size_t length;
    if (!cln_program_cache_load(key, &binary, &length))
        return false;
    cl_device_id id = context->device->id;
    const unsigned char *bytes = binary;
    cl_int status = CL_SUCCESS, code;
    cl_program made =
        clCreateProgramWithBinary(context->context, 1, &id, &length, &bytes, &status, &code);
    free(binary);
    if (code == CL_SUCCESS && status == CL_SUCCESS &&
        compile(context, made, options) == CL_SUCCESS) {
        program->program = made;
        program->from_disk = program->kept = true;
        return true;
    }
    if (code == CL_SUCCESS)
        clReleaseProgram(made);
    return false;
}

/* With the whole log as the error's detail. */
static enum cln_status fail_build(const struct cln_context *context,
                                  const struct cln_program *program, cl_program made, cl_int code) {
    cl_device_id id = context->device->id;
    size_t size = 0;
    char *log = NULL;
    if (clGetProgramBuildInfo(made, id, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) == CL_SUCCESS)
        log = calloc(1, size + 1);
    if (log)
        (void)clGetProgramBuildInfo(made, id, CL_PROGRAM_BUILD_LOG, size, log, NULL);
    enum cln_status status = CLN_FAIL(
        OPENCL, "cannot build %s with options '%s' for %s: clBuildProgram failed with %s (%d)%s",
        program->file, program->options, context->device->name, cln_cl_code_name(code), (int)code,
        log && *log ? "; the compiler's log follows" : "; the compiler left no log");
    cln_error_set_detail(log && *log ? log : NULL);
    free(log);
    return status;
}

static enum cln_status build(const struct cln_context *context, const char *source,
                             const char *options, struct cln_program *program) {
    cl_int code;
    cl_program made = clCreateProgramWithSource(context->context, 1, &source, NULL, &code);
    CLN_TRY(cln_cl_check(code, "clCreateProgramWithSource", __FILE__, __LINE__));
    code = compile(context, made, options);
    if (code == CL_SUCCESS) {
        program->program = made;
        return CLN_OK;
    }
    enum cln_status status = fail_build(context, program, made, code);
    clReleaseProgram(made);
    return status;
}

static enum cln_status make(const struct cln_context *context, struct cln_program *program) {
    struct cln_text source = {0}, options = {0};
    enum cln_status status = CLN_OK;
    CLN_TRY_GOTO(cln_kernel_source(program->file, &source));
    cln_text_add(&options, "%s %s", CLN_BUILD_OPTIONS, program->options);
    CLN_TRY_GOTO(cln_text_check(&options));
    CLN_TRY_GOTO(cln_program_key(context->device, source.chars, options.chars, program->key));
    if (!load(context, program->key, options.chars, program))
        CLN_TRY_GOTO(build(context, source.chars, options.chars, program));
fail:
    cln_text_free(&source);
    cln_text_free(&options);
    return status;
}

static void run_job(const struct cln_context *context, struct job *job) {
    job->status = make(context, job->program);
    if (job->status == CLN_OK)
        return;
    job->error = *cln_error_last();
    job->detail = job->error.detail ? strdup(job->error.detail) : NULL;
    cln_error_set_detail(NULL); /* frees what belongs to this thread */
}

static void *work(void *argument) {
    struct crew *crew = argument;
    pthread_mutex_lock(&crew->lock);
    while (crew->next < crew->count) {
        struct job *job = &crew->jobs[crew->next++];
        pthread_mutex_unlock(&crew->lock);
        run_job(crew->context, job);
        pthread_mutex_lock(&crew->lock);
        crew->ready++;
        pthread_cond_signal(&crew->changed);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

/* A simulator's compiler is one that is not made for threads: two at once crash Oclgrind. */
static int thread_count(const struct cln_device *device, int jobs) {
    long cores = 2;
    if (device->simulator)
        return 1;
#ifdef _SC_NPROCESSORS_ONLN
    cores = sysconf(_SC_NPROCESSORS_ONLN);
#endif
    int threads = cores < 1 ? 1 : cores > MAX_THREADS ? MAX_THREADS : (int)cores;
    return threads < jobs ? threads : jobs;
}

static int start_threads(struct crew *crew, pthread_t threads[MAX_THREADS]) {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes))
        return 0;
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int wanted = thread_count(crew->context->device, crew->count), started = 0;
    while (started < wanted && !pthread_create(&threads[started], &attributes, work, crew))
        started++;
    pthread_attr_destroy(&attributes);
    return started;
}

/* Tells each change while the threads work. */
static enum cln_status watch(struct crew *crew, cln_work_progress on_progress, void *user) {
    enum cln_status status = CLN_OK;
    int told = 0;
    if (on_progress)
        status = on_progress(user, 0, crew->count);
    pthread_mutex_lock(&crew->lock);
    if (status != CLN_OK)
        crew->next = told = crew->count;
    while (told < crew->count) {
        while (crew->ready == told)
            pthread_cond_wait(&crew->changed, &crew->lock);
        told = crew->ready;
        pthread_mutex_unlock(&crew->lock);
        if (on_progress)
            status = on_progress(user, told, crew->count);
        pthread_mutex_lock(&crew->lock);
        if (status != CLN_OK) /* the threads find nothing more to do */
            crew->next = told = crew->count;
    }
    pthread_mutex_unlock(&crew->lock);
    return status;
}

static enum cln_status run_jobs(struct crew *crew, cln_work_progress on_progress, void *user) {
    pthread_t threads[MAX_THREADS];
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->changed, NULL);
    int started = start_threads(crew, threads);
    if (started == 0)
        work(crew);
    enum cln_status status = watch(crew, on_progress, user);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_cond_destroy(&crew->changed);
    pthread_mutex_destroy(&crew->lock);
    return status;
}

/* Keeps what was made; returns the first error, in the order of the requests. */
static enum cln_status collect(struct cln_context *context, struct crew *crew) {
    enum cln_status status = CLN_OK;
    for (int i = 0; i < crew->count; i++) {
        struct job *job = &crew->jobs[i];
        if (!job->program->program && job->status == CLN_OK)
            continue; /* never begun */
        if (job->status == CLN_OK) {
            job->program->next = context->programs;
            context->programs = job->program;
            context->unlaunched |= !job->program->from_disk;
        } else if (status == CLN_OK) {
            status = cln_error_raise(job->status, job->error.file, job->error.line, "%s",
                                     job->error.message);
            cln_error_set_detail(job->detail);
        }
        if (job->status != CLN_OK)
            free_program(job->program);
        job->program = NULL;
        free(job->detail);
    }
    return status;
}

/* One job for each program that is asked for and not there yet. */
static enum cln_status plan_jobs(const struct cln_context *context,
                                 const struct cln_program_request *requests, int count,
                                 struct crew *crew) {
    for (int i = 0; i < count; i++) {
        const char *file = requests[i].file;
        const char *options = requests[i].options ? requests[i].options : "";
        bool known = find(context->programs, file, options) != NULL;
        for (int j = 0; j < crew->count && !known; j++)
            known = !strcmp(crew->jobs[j].program->file, file) &&
                    !strcmp(crew->jobs[j].program->options, options);
        if (known)
            continue;
        struct cln_program *program = calloc(1, sizeof *program);
        crew->jobs[crew->count].program = program;
        if (!program || !(program->file = strdup(file)) || !(program->options = strdup(options))) {
            free_program(program);
            return CLN_FAIL(MEMORY, "out of memory for program %s", file);
        }
        crew->count++;
    }
    return CLN_OK;
}

enum cln_status cln_programs_build(struct cln_context *context,
                                   const struct cln_program_request *requests, int count,
                                   cln_work_progress on_progress, void *user) {
    struct crew crew = {.context = context};
    crew.jobs = calloc((size_t)count + 1, sizeof *crew.jobs);
    if (!crew.jobs)
        return CLN_FAIL(MEMORY, "out of memory for %d programs", count);
    enum cln_status status = plan_jobs(context, requests, count, &crew);
    if (status == CLN_OK && crew.count) {
        enum cln_status stopped = run_jobs(&crew, on_progress, user);
        struct cln_error error;
        cln_error_save(&error);
        status = collect(context, &crew);
        if (stopped != CLN_OK)
            status = cln_error_restore(&error);
        else
            cln_error_drop(&error);
    }
    for (int i = 0; i < crew.count; i++)
        free_program(crew.jobs[i].program);
    free(crew.jobs);
    return status;
}

struct cln_programs_count cln_programs_count(const struct cln_context *context) {
    struct cln_programs_count count = {0};
    for (const struct cln_program *program = context->programs; program; program = program->next)
        (*(program->from_disk ? &count.loaded : &count.built))++;
    return count;
}

enum cln_status cln_context_kernel(struct cln_context *context, const char *file,
                                   const char *options, const char *name, cl_kernel *out) {
    const struct cln_program_request request = {.file = file, .options = options};
    CLN_TRY(cln_programs_build(context, &request, 1, NULL, NULL));
    const struct cln_program *program = find(context->programs, file, options);
    cl_int code;
    *out = clCreateKernel(program->program, name, &code);
    if (code != CL_SUCCESS) {
        *out = NULL;
        return CLN_FAIL(OPENCL,
                        "kernel %s of %s with options '%s': clCreateKernel failed with %s (%d)",
                        name, file, program->options, cln_cl_code_name(code), (int)code);
    }
    return CLN_OK;
}
