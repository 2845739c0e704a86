package kvlab.metrics;

/** The most that one server had at once: running requests, and slots held by sequences. */
public final class Peak implements Probe {
  private int running;
  private long heldSlots;

  @Override
  public boolean readsTotalsOnly() {
    return true;
  }

  @Override
  public void onStep(StepView step) {
    running = Math.max(running, step.scheduler().running().size());
    Partition partition = step.partition();
    long held = partition.slots(Part.LIVE)
        + partition.slots(Part.RESERVED)
        + partition.slots(Part.INTERNAL)
        + partition.slots(Part.ROUNDING);
    heldSlots = Math.max(heldSlots, held);
  }

  @Override
  public void onRepeats(Repeats repeats) {
    onStep(repeats.step(repeats.count() - 1)); // what is held never shrinks
    repeats.step(0);
  }

  public int running() {
    return running;
  }

  public long heldSlots() {
    return heldSlots;
  }
}
