package kvlab.sched;

import java.util.Arrays;

/**
 * Requests that are samples of one prompt, as groups: a group is so many requests enqueued one after
 * another. Its number is reused once all have finished.
 */
final class SampleGroups {
  private final int samples;
  private int[] members; // [group][samples]
  private int[] unfinished; // [group]
  private int[] groupOf = new int[64]; // [request]
  private final IntList freeGroups = new IntList();
  private int used;
  private int filling = -1; // group that is being enqueued
  private int filled;

  SampleGroups(int samples) {
    this.samples = samples;
    this.members = new int[64 * samples];
    this.unfinished = new int[64];
  }

  int samples() {
    return samples;
  }

  /** Adds a request to the group that is being enqueued; the group once it is whole, else -1. */
  int add(int request) {
    if (filling < 0) {
      filling = freeGroups.size() > 0 ? freeGroups.removeLast() : fresh();
      filled = 0;
    }
    if (request >= groupOf.length) {
      groupOf = Arrays.copyOf(groupOf, Math.max(request + 1, groupOf.length * 2));
    }
    groupOf[request] = filling;
    members[filling * samples + filled++] = request;
    if (filled < samples) {
      return -1;
    }
    int whole = filling;
    unfinished[whole] = samples;
    filling = -1;
    return whole;
  }

  private int fresh() {
    if (used == unfinished.length) {
      unfinished = Arrays.copyOf(unfinished, used * 2);
      members = Arrays.copyOf(members, used * 2 * samples);
    }
    return used++;
  }

  int member(int group, int sample) {
    return members[group * samples + sample];
  }

  int groupOf(int request) {
    return groupOf[request];
  }

  /** One of the group has finished; true when all have. */
  boolean finish(int group) {
    unfinished[group]--;
    if (unfinished[group] > 0) {
      return false;
    }
    freeGroups.add(group);
    return true;
  }
}
