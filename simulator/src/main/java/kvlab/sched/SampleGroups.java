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
  private int[] sharesWith; // [group][samples] an earlier sample of the group
  private int[] sharedPages; // [group][samples] leading pages that are that one's too
  private int[] groupOf = new int[64]; // [request]
  private final IntList freeGroups = new IntList();
  private int used;
  private int filling = -1; // group that is being enqueued
  private int filled;

  SampleGroups(int samples) {
    this.samples = samples;
    this.members = new int[64 * samples];
    this.unfinished = new int[64];
    this.sharesWith = new int[64 * samples];
    this.sharedPages = new int[64 * samples];
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
      sharesWith = Arrays.copyOf(sharesWith, used * 2 * samples);
      sharedPages = Arrays.copyOf(sharedPages, used * 2 * samples);
    }
    return used++;
  }

  int member(int group, int sample) {
    return members[group * samples + sample];
  }

  /** Notes, while the group holds no pages, which of them a sample shared with an earlier one. */
  void noteSharing(int group, int sample, int earlier, int pages) {
    sharesWith[group * samples + sample] = earlier;
    sharedPages[group * samples + sample] = pages;
  }

  /** The earlier sample that the sample shared most pages with, by the last note. */
  int sharesWith(int group, int sample) {
    return sharesWith[group * samples + sample];
  }

  /** Leading pages that it shared with that one, 0 for the first sample. */
  int sharedPages(int group, int sample) {
    return sharedPages[group * samples + sample];
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
