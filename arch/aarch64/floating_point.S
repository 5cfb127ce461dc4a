// Saving and restoring all of the floating-point unit.
#include "arch/aarch64/frames.h"

    .arch_extension simd

// void pegplan_aarch64_fp_save(FpState*)
// Called from C++, masked, the unit accessible. x0: where to. Uses x1 and x2.
    .section .text.hot.pegplan_aarch64_fp_save, "ax"
    .global pegplan_aarch64_fp_save
    .type   pegplan_aarch64_fp_save, %function
pegplan_aarch64_fp_save:
    mrs     x1, fpsr
    mrs     x2, fpcr
    stp     x1, x2, [x0, #FP_STATE_FPSR]
    stp     q0, q1, [x0, #FP_STATE_V0 + 0]
    stp     q2, q3, [x0, #FP_STATE_V0 + 32]
    stp     q4, q5, [x0, #FP_STATE_V0 + 64]
    stp     q6, q7, [x0, #FP_STATE_V0 + 96]
    stp     q8, q9, [x0, #FP_STATE_V0 + 128]
    stp     q10, q11, [x0, #FP_STATE_V0 + 160]
    stp     q12, q13, [x0, #FP_STATE_V0 + 192]
    stp     q14, q15, [x0, #FP_STATE_V0 + 224]
    stp     q16, q17, [x0, #FP_STATE_V0 + 256]
    stp     q18, q19, [x0, #FP_STATE_V0 + 288]
    stp     q20, q21, [x0, #FP_STATE_V0 + 320]
    stp     q22, q23, [x0, #FP_STATE_V0 + 352]
    stp     q24, q25, [x0, #FP_STATE_V0 + 384]
    stp     q26, q27, [x0, #FP_STATE_V0 + 416]
    stp     q28, q29, [x0, #FP_STATE_V0 + 448]
    stp     q30, q31, [x0, #FP_STATE_V0 + 480]
    ret
    .size   pegplan_aarch64_fp_save, . - pegplan_aarch64_fp_save

// void pegplan_aarch64_fp_restore(const FpState*)
// Called from C++, masked, the unit accessible. x0: where from. Uses x1 and x2.
    .section .text.hot.pegplan_aarch64_fp_restore, "ax"
    .global pegplan_aarch64_fp_restore
    .type   pegplan_aarch64_fp_restore, %function
pegplan_aarch64_fp_restore:
    ldp     x1, x2, [x0, #FP_STATE_FPSR]
    msr     fpsr, x1
    msr     fpcr, x2
    ldp     q0, q1, [x0, #FP_STATE_V0 + 0]
    ldp     q2, q3, [x0, #FP_STATE_V0 + 32]
    ldp     q4, q5, [x0, #FP_STATE_V0 + 64]
    ldp     q6, q7, [x0, #FP_STATE_V0 + 96]
    ldp     q8, q9, [x0, #FP_STATE_V0 + 128]
    ldp     q10, q11, [x0, #FP_STATE_V0 + 160]
    ldp     q12, q13, [x0, #FP_STATE_V0 + 192]
    ldp     q14, q15, [x0, #FP_STATE_V0 + 224]
    ldp     q16, q17, [x0, #FP_STATE_V0 + 256]
    ldp     q18, q19, [x0, #FP_STATE_V0 + 288]
    ldp     q20, q21, [x0, #FP_STATE_V0 + 320]
    ldp     q22, q23, [x0, #FP_STATE_V0 + 352]
    ldp     q24, q25, [x0, #FP_STATE_V0 + 384]
    ldp     q26, q27, [x0, #FP_STATE_V0 + 416]
    ldp     q28, q29, [x0, #FP_STATE_V0 + 448]
    ldp     q30, q31, [x0, #FP_STATE_V0 + 480]
    ret
    .size   pegplan_aarch64_fp_restore, . - pegplan_aarch64_fp_restore
