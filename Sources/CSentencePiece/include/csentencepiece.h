#pragma once
#ifdef __cplusplus
extern "C"
#endif
int csp_probe(void);
