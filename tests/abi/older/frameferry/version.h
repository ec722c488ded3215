#ifndef FRAMEFERRY_VERSION_H
#define FRAMEFERRY_VERSION_H
#define FERRY_VERSION_MAJOR 0
#define FERRY_VERSION_MINOR 1
#define FERRY_VERSION_PATCH 0
#define FERRY_VERSION_STRING "0.1.0"
#define FERRY_LAYOUT_VERSION 2
#if defined(_WIN32) && defined(FERRY_SHARED)
#if defined(FERRY_BUILDING)
#define FERRY_API __declspec(dllexport)
#elif defined(FERRY_BUILDING_IMAGE)
#define FERRY_API
#else
#define FERRY_API __declspec(dllimport)
#endif
#if defined(FERRY_BUILDING_IMAGE)
#define FERRY_IMAGE_API __declspec(dllexport)
#else
#define FERRY_IMAGE_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define FERRY_API __attribute__((visibility("default")))
#define FERRY_IMAGE_API FERRY_API
#else
#define FERRY_API
#define FERRY_IMAGE_API
#endif
#ifdef __cplusplus
#define FERRY_BEGIN_DECLS extern "C" {
#define FERRY_END_DECLS }
#else
#define FERRY_BEGIN_DECLS
#define FERRY_END_DECLS
#endif
FERRY_BEGIN_DECLS
FERRY_API const char *ferry_version(void);
FERRY_END_DECLS
#endif
