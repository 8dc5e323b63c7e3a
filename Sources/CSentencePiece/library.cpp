// Loads sentencepiece at run time, apart from everything else in the process.
//
// Debian's libsentencepiece and libtorch's libc10 both define a global `FLAGS_minloglevel`, of different sizes. Linked into one
// program, the dynamic linker gives both the smaller one, and sentencepiece's start-up writes over libc10's
// variables behind it: a failed allocation then aborts the process where it should throw. RTLD_DEEPBIND makes
// the library use its own definitions. Its methods are virtual; the few functions that are not are forwarded here.

#include "library.h"

#include <dlfcn.h>

#include <string>

namespace {

struct Library {
    void (*construct_processor)(void *) = nullptr;
    void (*destroy_status)(void *) = nullptr;
    std::string (*describe_status)(const void *) = nullptr;
    std::string problem;

    Library() {
        void *handle = dlopen("libsentencepiece.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
        if (!handle) {
            problem = std::string("sentencepiece cannot be loaded (") + dlerror() + "); install Debian's libsentencepiece0";
            return;
        }
        find(handle, "_ZN13sentencepiece22SentencePieceProcessorC1Ev", construct_processor);
        find(handle, "_ZN13sentencepiece4util6StatusD1Ev", destroy_status);
        find(handle, "_ZNK13sentencepiece4util6Status8ToStringB5cxx11Ev", describe_status);
    }

    template <typename Function>
    void find(void *handle, const char *name, Function &function) {
        function = reinterpret_cast<Function>(dlsym(handle, name));
        if (!function) problem = std::string("this libsentencepiece lacks ") + name + "; version 0.1.97 is expected";
    }
};

const Library &library() {
    static const Library library;
    return library;
}

}  // namespace

const char *csp_library_problem() { return library().problem.empty() ? nullptr : library().problem.c_str(); }

// The definitions that the library's header refers to, under their mangled names.
extern "C" void csp_construct_processor(void *self) asm("_ZN13sentencepiece22SentencePieceProcessorC1Ev");
void csp_construct_processor(void *self) { library().construct_processor(self); }

extern "C" void csp_destroy_status(void *self) asm("_ZN13sentencepiece4util6StatusD1Ev");
void csp_destroy_status(void *self) { library().destroy_status(self); }

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wreturn-type-c-linkage"
extern "C" std::string csp_describe_status(const void *self) asm("_ZNK13sentencepiece4util6Status8ToStringB5cxx11Ev");
std::string csp_describe_status(const void *self) { return library().describe_status(self); }
#pragma clang diagnostic pop
