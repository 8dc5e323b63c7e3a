// The few calls of libvips that Imaging makes. libvips passes options as C variadics, which Swift cannot import,
// so each call has a fixed-argument form here. A null result means failure; the reason is in the error buffer.
#pragma once
#include <vips/vips.h>

static inline void atelier_vips_discard_log(const char *domain, GLogLevelFlags level, const char *message, void *context) {
    (void)domain, (void)level, (void)message, (void)context;
}

/// Starts libvips without its operation cache, its console messages, and the loaders not meant for hostile files.
static inline int atelier_vips_start(const char *program) {
    if (vips_init(program) != 0) return -1;
    g_log_set_handler("VIPS", (GLogLevelFlags)(G_LOG_LEVEL_MASK), atelier_vips_discard_log, NULL);
    g_log_set_handler("GLib-GObject", (GLogLevelFlags)(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE), atelier_vips_discard_log, NULL);
    vips_cache_set_max(0);
    vips_block_untrusted_set(TRUE);
    return 0;
}

/// Opens the first page of an encoded picture. `bytes` must outlive the image.
static inline VipsImage *atelier_vips_load(const char *loader, const void *bytes, size_t count) {
    VipsImage *image = NULL;
    VipsBlob *blob = vips_blob_new(NULL, bytes, count);
    int status = vips_call(loader, blob, &image, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
    vips_area_unref(VIPS_AREA(blob));
    return status == 0 ? image : NULL;
}

static inline VipsImage *atelier_vips_upright(VipsImage *image) {
    VipsImage *upright = NULL;
    return vips_autorot(image, &upright, NULL) == 0 ? upright : NULL;
}

/// Encoders return a blob, or null.
static inline VipsBlob *atelier_vips_save_png(VipsImage *image, int compression) {
    VipsBlob *blob = NULL;
    return vips_call("pngsave_buffer", image, &blob, "compression", compression, "strip", TRUE, NULL) == 0 ? blob : NULL;
}

static inline VipsBlob *atelier_vips_save_jpeg(VipsImage *image, int quality) {
    VipsBlob *blob = NULL;
    return vips_call("jpegsave_buffer", image, &blob, "Q", quality, "optimize_coding", TRUE, "strip", TRUE, NULL) == 0 ? blob : NULL;
}

static inline VipsBlob *atelier_vips_save_webp(VipsImage *image, int quality) {
    VipsBlob *blob = NULL;
    return vips_call("webpsave_buffer", image, &blob, "Q", quality, NULL) == 0 ? blob : NULL;
}

static inline VipsBlob *atelier_vips_save_gif(VipsImage *image) {
    VipsBlob *blob = NULL;
    return vips_call("gifsave_buffer", image, &blob, NULL) == 0 ? blob : NULL;
}

static inline void atelier_vips_release_blob(VipsBlob *blob) { vips_area_unref(VIPS_AREA(blob)); }
static inline void atelier_vips_release_image(VipsImage *image) { g_object_unref(image); }
