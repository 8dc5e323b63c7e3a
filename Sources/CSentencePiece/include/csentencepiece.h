/// A small C interface to sentencepiece: load a model, encode text, look pieces up.
///
/// Functions return 0 on success. Otherwise `csp_last_error` holds the reason for the calling thread, and results are
/// left at zero or null. A loaded model is never changed, so any number of threads may encode with it at once.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csp_model_s *csp_model;

/// Loads a model from the bytes of a `.model` file. The caller frees it with `csp_free`.
int csp_load(const uint8_t *bytes, size_t byte_count, csp_model *model);

void csp_free(csp_model model);

/// Encodes UTF-8 text. Writes at most `capacity` ids and sets `count` to how many there are, which may be more.
int csp_encode(csp_model model, const uint8_t *text, size_t byte_count, int32_t *ids, size_t capacity, size_t *count);

/// The text as the model looks it up: normalized, with U+2581 in front and for each space. Writes at most `capacity` bytes of UTF-8
/// and sets `count` to how many there are, which may be more.
int csp_normalize(csp_model model, const uint8_t *text, size_t byte_count, uint8_t *result, size_t capacity, size_t *count);

/// Number of pieces in the model.
int32_t csp_piece_count(csp_model model);

/// The id of the control piece `name` ("</s>", "<pad>"), or -1 where the model has none.
int32_t csp_control_id(csp_model model, const char *name);

/// The id of the piece `name`, or -1 where the model has none.
int32_t csp_piece_id(csp_model model, const char *name);

/// The id of the unknown piece.
int32_t csp_unknown_id(csp_model model);

/// Why the last call on this thread failed.
const char *csp_last_error(void);

#ifdef __cplusplus
}
#endif
