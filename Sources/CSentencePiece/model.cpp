#include "csentencepiece.h"
#include "library.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <vector>

struct csp_model_s {
    // Behind a pointer, so that every call goes through its virtual table; see library.cpp.
    std::unique_ptr<sentencepiece::SentencePieceProcessor> processor{new sentencepiece::SentencePieceProcessor};
};

namespace {

thread_local std::string last_error;

/// Runs `body`, which returns a sentencepiece status, and turns a bad status or an exception into 1 and a text.
template <typename Body>
int guarded(Body body) {
    try {
        const sentencepiece::util::Status status = body();
        if (status.ok()) return 0;
        last_error = status.ToString();
    } catch (const std::exception &error) {
        last_error = error.what();
    } catch (...) {
        last_error = "unknown exception";
    }
    return 1;
}

}  // namespace

extern "C" {

int csp_load(const uint8_t *bytes, size_t byte_count, csp_model *model) {
    *model = nullptr;
    if (const char *problem = csp_library_problem()) {
        last_error = problem;
        return 1;
    }
    return guarded([&] {
        auto loaded = std::make_unique<csp_model_s>();
        const auto status =
            loaded->processor->LoadFromSerializedProto({reinterpret_cast<const char *>(bytes), byte_count});
        if (status.ok()) *model = loaded.release();
        return status;
    });
}

void csp_free(csp_model model) { delete model; }

int csp_encode(csp_model model, const uint8_t *text, size_t byte_count, int32_t *ids, size_t capacity, size_t *count) {
    *count = 0;
    return guarded([&] {
        std::vector<int> encoded;
        const auto status = model->processor->Encode({reinterpret_cast<const char *>(text), byte_count}, &encoded);
        if (status.ok()) {
            std::copy_n(encoded.begin(), std::min(capacity, encoded.size()), ids);
            *count = encoded.size();
        }
        return status;
    });
}

int csp_normalize(csp_model model, const uint8_t *text, size_t byte_count, uint8_t *result, size_t capacity, size_t *count) {
    *count = 0;
    return guarded([&] {
        // This version of the library normalizes only while it encodes; the pieces, joined, are the normalized text.
        std::vector<std::string> pieces;
        const auto status = model->processor->Encode({reinterpret_cast<const char *>(text), byte_count}, &pieces);
        for (const auto &piece : pieces) {
            if (*count < capacity) std::copy_n(piece.begin(), std::min(capacity - *count, piece.size()), result + *count);
            *count += piece.size();
        }
        return status;
    });
}

int32_t csp_piece_count(csp_model model) { return model->processor->GetPieceSize(); }

int32_t csp_control_id(csp_model model, const char *name) {
    const int id = model->processor->PieceToId(name);
    return id >= 0 && model->processor->IsControl(id) ? id : -1;
}

int32_t csp_piece_id(csp_model model, const char *name) {
    const int id = model->processor->PieceToId(name);
    return id == model->processor->unk_id() ? -1 : id;
}

int32_t csp_unknown_id(csp_model model) { return model->processor->unk_id(); }

const char *csp_last_error(void) { return last_error.c_str(); }

}  // extern "C"
