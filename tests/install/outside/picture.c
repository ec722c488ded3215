/* Sends a frame to itself, saves it and loads the file. Exit code 0 when it arrives and is loaded
 * unchanged. Usage: picture CHANNEL FILE */
#include <frameferry/frameferry.h>
#include <frameferry/image.h>

#include "itself.h"

int main(int count, char **arguments) {
    const char *path = count > 2 ? arguments[2] : "outside.png";
    ferry_error error;
    ferry_image image = FERRY_IMAGE_INIT, loaded = FERRY_IMAGE_INIT;
    int status = send_to_itself(count > 1 ? arguments[1] : "outside", &image);
    if (status != 0)
        return status;
    if (ferry_image_save(path, &image.info, image.pixels, NULL, &error) != FERRY_OK)
        return fail("save", &error);
    if (ferry_image_load(path, NULL, &loaded, &error) != FERRY_OK)
        return fail("load", &error);
    status = loaded.info.format == FERRY_FORMAT_GRAY && memcmp(loaded.pixels, image.pixels, 4) == 0
                 ? 0
                 : 1;
    printf("loaded a file that %s\n", status == 0 ? "is the same" : "differs");
    ferry_image_free(&image);
    ferry_image_free(&loaded);
    return status;
}
