#include "image/frame_file.h"
#include "image/writer.h"
#include "platform/file.h"
#include "support/error.h"
#include "support/need.h"

#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <stdlib.h>

/* The caller's options, whose struct may be shorter than ours when the program is older. */
static ferry_status read_options(ferry_image_save_options *out,
                                 const ferry_image_save_options *given, ferry_error *error) {
    *out = (ferry_image_save_options)FERRY_IMAGE_SAVE_OPTIONS_INIT;
    ferry_status status =
        ferryi_need_options(out, sizeof *out, given, "FERRY_IMAGE_SAVE_OPTIONS_INIT", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(out->jpeg_quality, 100, "jpeg_quality",
                                    "from 1 to 100, or 0 for 90", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(out->must_be_new, 1, "must_be_new", "0 or 1", error);
    if (out->jpeg_quality == 0)
        out->jpeg_quality = 90;
    return status;
}

static ferry_status ask(const ferryi_frame_file *file, const ferry_image_save_options *options,
                        ferry_error *error) {
    ferry_status status = options->confirm != NULL ? options->confirm(options->argument) : FERRY_OK;
    return status == FERRY_OK ? FERRY_OK
                              : ferryi_fail(error, status, 0, "%.400s is not written: %s",
                                            file->path, ferry_status_text(status));
}

static ferry_status to_disk(const ferryi_frame_file *file, const ferry_image_save_options *options,
                            ferry_error *error) {
    ferryi_file_output output;
    ferry_status status = ferryi_file_output_open(&output, file->path, error);
    if (status != FERRY_OK)
        return status;
    output.must_be_new = options->must_be_new != 0;
    ferryi_writer writer = {.stream = output.stream};
    status = ferryi_frame_file_write(file, &writer, error);
    if (status != FERRY_OK) {
        ferryi_file_output_abort(&output);
        return status;
    }
    status = ferryi_file_output_flush(&output, error);
    if (status != FERRY_OK)
        return status;
    status = ask(file, options, error);
    if (status == FERRY_OK)
        return ferryi_file_output_commit(&output, error);
    ferryi_file_output_abort(&output);
    return status;
}

static ferry_status to_memory(const ferryi_frame_file *file,
                              const ferry_image_save_options *options, ferry_image_file *out,
                              ferry_error *error) {
    ferryi_writer writer = {.memory = out};
    ferry_status status = ferryi_frame_file_write(file, &writer, error);
    if (status == FERRY_OK)
        status = ask(file, options, error);
    if (status != FERRY_OK)
        out->length_bytes = 0;
    return status;
}

/* Into memory if there is some, otherwise to the disk. */
static ferry_status write_frame(const char *path, const ferry_frame_info *info,
                                const uint8_t *pixels, const ferry_image_save_options *given,
                                ferry_image_file *memory, ferry_error *error) {
    ferry_image_save_options options;
    ferry_status status = ferryi_need(info, "info", error);
    if (status == FERRY_OK)
        status = ferryi_need(pixels, "pixels", error);
    if (status == FERRY_OK)
        status = read_options(&options, given, error);
    if (status != FERRY_OK)
        return status;
    ferryi_frame_file file;
    status = ferryi_frame_file_begin(&file, path, info, pixels, options.jpeg_quality, error);
    if (status == FERRY_OK)
        status = memory != NULL ? to_memory(&file, &options, memory, error)
                                : to_disk(&file, &options, error);
    ferryi_frame_file_end(&file);
    return status;
}

ferry_status ferry_image_save(const char *path, const ferry_frame_info *info, const uint8_t *pixels,
                              const ferry_image_save_options *options, ferry_error *error) {
    ferry_status status = ferryi_need(path, "path", error);
    return status == FERRY_OK ? write_frame(path, info, pixels, options, NULL, error) : status;
}

ferry_status ferry_image_encode(const char *name, const ferry_frame_info *info,
                                const uint8_t *pixels, const ferry_image_save_options *options,
                                ferry_image_file *out, ferry_error *error) {
    ferry_status status = ferryi_need(name, "name", error);
    if (status == FERRY_OK)
        status = ferryi_need(out, "out", error);
    if (status != FERRY_OK)
        return status;
    out->length_bytes = 0;
    return write_frame(name, info, pixels, options, out, error);
}

void ferry_image_file_free(ferry_image_file *file) {
    if (file == NULL)
        return;
    free(file->bytes);
    *file = (ferry_image_file)FERRY_IMAGE_FILE_INIT;
}
