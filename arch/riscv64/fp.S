// Saves and loads the whole floating-point state.

    .option arch, +d

    .section .text.pegplan_fp_save, "ax"
    .globl pegplan_fp_save
    .type pegplan_fp_save, @function
// void pegplan_fp_save(FpState* a0): called from C++, masked, with the unit on. Uses t0.
pegplan_fp_save:
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fsd f\n, (8 * \n)(a0)
    .endr
    frcsr t0
    sd t0, (8 * 32)(a0)
    ret
    .size pegplan_fp_save, . - pegplan_fp_save

    .section .text.pegplan_fp_restore, "ax"
    .globl pegplan_fp_restore
    .type pegplan_fp_restore, @function
// void pegplan_fp_restore(const FpState* a0): called from C++, masked, with the unit on. Uses t0.
pegplan_fp_restore:
    ld t0, (8 * 32)(a0)
    fscsr t0
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fld f\n, (8 * \n)(a0)
    .endr
    ret
    .size pegplan_fp_restore, . - pegplan_fp_restore
