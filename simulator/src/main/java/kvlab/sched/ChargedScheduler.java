package kvlab.sched;

import java.util.function.Consumer;
import kvlab.step.Batch;

/** A scheduler whose steps also pay for what its allocator did beside handing out pages. */
public final class ChargedScheduler implements Scheduler {
  private final Scheduler scheduler;
  private final Consumer<Batch> charge;

  /**
   * The scheduler, charged.
   *
   * @param charge adds the costs of the step that has just been scheduled to its batch
   */
  public ChargedScheduler(Scheduler scheduler, Consumer<Batch> charge) {
    this.scheduler = scheduler;
    this.charge = charge;
  }

  @Override
  public void schedule(Batch batch) {
    scheduler.schedule(batch);
    charge.accept(batch);
  }

  @Override
  public void enqueue(int request) {
    scheduler.enqueue(request);
  }

  @Override
  public void finish(IntList requests) {
    scheduler.finish(requests);
  }

  @Override
  public IntList running() {
    return scheduler.running();
  }

  @Override
  public int waiting() {
    return scheduler.waiting();
  }

  @Override
  public void copyWaiting(IntList order) {
    scheduler.copyWaiting(order);
  }

  @Override
  public IntList lingeringRows() {
    return scheduler.lingeringRows();
  }

  @Override
  public boolean refusesHead() {
    return scheduler.refusesHead();
  }

  @Override
  public IntList quietOrder() {
    return scheduler.quietOrder();
  }

  @Override
  public boolean decodesInOrder(int running) {
    return scheduler.decodesInOrder(running);
  }

  @Override
  public void scheduleAfter(Batch batch, int sequences) {
    scheduler.scheduleAfter(batch, sequences);
    charge.accept(batch);
  }

  @Override
  public void repeat(Batch batch, int steps) {
    scheduler.repeat(batch, steps);
    charge.accept(batch);
  }

  @Override
  public Decisions decisions() {
    return scheduler.decisions();
  }
}
