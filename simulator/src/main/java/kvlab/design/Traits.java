package kvlab.design;

/**
 * The rules of a design in a few words each.
 *
 * @param unit what is allocated
 * @param reservation what is claimed at admission
 * @param growth what happens when a sequence gets longer
 * @param onShortage what happens when there is no room to grow
 * @param keptAfterFinish what stays when a request has finished
 * @param source the paper section or source file that the rules come from
 */
public record Traits(
    String unit,
    String reservation,
    String growth,
    String onShortage,
    String keptAfterFinish,
    String source) {}
