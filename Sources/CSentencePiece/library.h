#pragma once

// Why sentencepiece cannot be used in this process, or null.
const char *csp_library_problem();
