package kvlab.metrics;

/** A probe that looks at requests, and not at the steps between. */
public interface RequestProbe extends Probe {
  @Override
  default boolean readsTotalsOnly() {
    return true;
  }

  @Override
  default void onRepeats(Repeats steps) {}
}
