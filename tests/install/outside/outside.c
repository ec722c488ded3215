/* Sends a frame to itself, and needs libframeferry alone. Exit code 0 when it arrives unchanged.
 * Usage: outside CHANNEL */
#include <frameferry/child.h>
#include <frameferry/frameferry.h>

#include "itself.h"

int main(int count, char **arguments) {
    ferry_image image = FERRY_IMAGE_INIT;
    int status = send_to_itself(count > 1 ? arguments[1] : "outside", &image);
    ferry_image_free(&image);
    return status;
}
