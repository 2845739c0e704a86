package kvlab.metrics;

import kvlab.kv.KvAllocator;
import kvlab.kv.PageTable;
import kvlab.sched.IntList;
import kvlab.sched.Requests;
import kvlab.sched.Scheduler;
import kvlab.step.Batch;

/**
 * A step as probes see it: scheduled, timed, its tokens written and sampled; those that finished in it
 * still hold their pages.
 */
public interface StepView {
  /** Steps before this one. */
  long index();

  long startNanos();

  long endNanos();

  Batch batch();

  Scheduler scheduler();

  KvAllocator allocator();

  PageTable table();

  Requests requests();

  /** The slots of the pool by {@link Part}. */
  Partition partition();

  /** Requests that sampled a token in this step, in the order scheduled. */
  IntList sampled();

  /** Requests that sampled their last token in this step, in the order scheduled. */
  IntList finished();

  /** How many of {@link #sampled}, the first ones, sampled in the step before, which ended when this one started. */
  int goingOn();

  /** When the request at the index of {@link #sampled} sampled the token before, or a negative number for none. */
  long previousTokenNanos(int index);
}
