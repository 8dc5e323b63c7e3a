#include <sentencepiece_processor.h>
extern "C" int csp_probe(void) { sentencepiece::SentencePieceProcessor p; return 1; }
