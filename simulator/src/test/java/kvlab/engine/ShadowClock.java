package kvlab.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kvlab.design.Server;
import kvlab.kv.LayerGroup;
import kvlab.kv.PageTable;
import kvlab.sched.Decisions;
import kvlab.sched.IntList;
import kvlab.sched.Requests;
import kvlab.sched.Scheduler;
import kvlab.step.Batch;
import kvlab.step.StepClock;

/**
 * A device in miniature: writes what a token is into the slot of every token that a step computes, and
 * reads back the whole context, as attention would. A page that is lost, mixed up or wrongly shared shows
 * at once. Swapped-out sequences keep their tokens elsewhere. A token is its position and, in the prompt,
 * the prompt's key, else the request's id. What a step loads from host memory is written before anything is
 * read: no more tokens than it says it transfers. What a step copies from page to page is somewhere in the
 * pool before it, and is no more tokens than it says it copies.
 *
 * <p>Every layer of every group has slots of its own, and a sliding layer reads its window only.
 */
final class ShadowClock implements StepClock {
  private final long[] arena; // [layer slot]
  private final List<LayerGroup> groups;
  private final Requests requests;
  private final Scheduler scheduler;
  private final Map<Integer, long[]> resident = new HashMap<>(); // by request, after the last step
  private final Map<Integer, long[]> host = new HashMap<>(); // by request, swapped out
  private final Map<Long, Long> promptKeyById;
  private long loadable; // tokens that the step still may load from host memory

  ShadowClock(Server server, Map<Long, Long> promptKeyById) {
    this.arena = new long[(int) server.layoutInForce().capacitySlots()];
    this.groups = server.layoutInForce().groups();
    this.requests = server.requests();
    this.scheduler = server.scheduler();
    this.promptKeyById = promptKeyById;
    Arrays.fill(arena, -1);
  }

  @Override
  public long nanos(Batch batch, PageTable table) {
    swapOut();
    swapIn(batch);
    copy(batch);
    for (int i = 0; i < batch.size(); i++) {
      for (int p = batch.context(i); p < batch.context(i) + batch.tokens(i); p++) {
        write(batch.row(i), p, token(batch.request(i), p));
      }
    }
    loadable = batch.transferredTokens();
    for (LayerGroup group : groups) {
      for (int layer = 0; layer < group.layers().count(); layer++) {
        for (int i = 0; i < batch.size(); i++) {
          read(batch, i, group, layer);
        }
      }
    }
    noteResident();
    return 1_000_000 + 1_000 * batch.totalTokens() + 10 * batch.totalContext();
  }

  private void write(int row, int position, long token) {
    for (LayerGroup group : groups) {
      for (int layer = 0; layer < group.layers().count(); layer++) {
        arena[slot(group, layer, row, position)] = token;
      }
    }
  }

  private void copy(Batch batch) {
    long copies = batch.copiedTokens();
    if (copies == 0) {
      return;
    }
    Set<Long> before = new HashSet<>();
    for (long token : arena) {
      before.add(token);
    }
    LayerGroup first = groups.get(0);
    for (int i = 0; i < batch.size(); i++) {
      for (int p = 0; p < batch.context(i) && copies > 0; p++) {
        long token = token(batch.request(i), p);
        if (arena[slot(first, 0, batch.row(i), p)] != token && before.contains(token)) {
          write(batch.row(i), p, token);
          copies--;
        }
      }
    }
  }

  /** What the first of the new tokens reads in a layer, and all tokens after that. */
  private void read(Batch batch, int index, LayerGroup group, int layer) {
    int context = batch.context(index);
    boolean slides = layer >= group.layers().full();
    int from = slides ? Math.max(0, context + 1 - group.layers().windowTokens()) : 0;
    for (int p = from; p < context + batch.tokens(index); p++) {
      int slot = slot(group, layer, batch.row(index), p);
      long token = token(batch.request(index), p);
      if (loadable > 0 && p < context && arena[slot] != token) {
        arena[slot] = token;
        loadable--;
      }
      if (arena[slot] != token) {
        throw new IllegalStateException(
            "row " + batch.row(index) + " lost the KV of token " + p + " in layer " + layer);
      }
    }
  }

  /** Layers follow each other in a page. */
  private static int slot(LayerGroup group, int layer, int row, int position) {
    int pageTokens = group.table().pool().pageTokens();
    int page = group.table().page(row, position / pageTokens);
    if (page == PageTable.NO_PAGE) {
      throw new IllegalStateException("row " + row + " has no page for token " + position);
    }
    return (page * group.pageLayers() + layer) * pageTokens + position % pageTokens;
  }

  private void swapOut() {
    Decisions decisions = scheduler.decisions();
    for (int i = 0; i < decisions.preempted().size(); i++) {
      int request = decisions.preempted().get(i);
      if (decisions.wasSwappedOut(i)) {
        host.put(request, resident.get(request));
      }
    }
    for (int i = 0; i < decisions.ignored().size(); i++) {
      host.remove(decisions.ignored().get(i));
    }
  }

  private void swapIn(Batch batch) {
    for (int i = 0; i < batch.size(); i++) {
      long[] tokens = host.remove(batch.request(i));
      for (int p = 0; tokens != null && p < batch.context(i); p++) {
        write(batch.row(i), p, tokens[p]);
      }
    }
  }

  /** A sequence that is swapped holds all its pages, and each layer the same tokens here. */
  private void noteResident() {
    LayerGroup group = groups.get(0);
    resident.clear();
    IntList running = scheduler.running();
    for (int i = 0; i < running.size(); i++) {
      int row = requests.row(running.get(i));
      long[] tokens = new long[group.table().capacityTokens(row)];
      int from = group.table().firstPage(row) * group.table().pool().pageTokens();
      for (int p = from; p < tokens.length; p++) {
        tokens[p] = arena[slot(group, 0, row, p)];
      }
      resident.put(running.get(i), tokens);
    }
  }

  private long token(int request, int position) {
    long id = requests.id(request);
    boolean prompt = position < requests.promptTokens(request);
    long owner = prompt ? promptKeyById.getOrDefault(id, id) : id;
    return ((prompt ? 1L : 2L) << 60) | (owner << 32) | position;
  }
}
