package kvlab.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import kvlab.design.Server;
import kvlab.kv.PageTable;
import kvlab.sched.BeamDescent;
import kvlab.sched.IntList;
import kvlab.step.Batch;
import kvlab.step.StepClock;

/**
 * A device in miniature for requests of several sequences. Every token written is a number of its own;
 * who descends from whom is drawn as the scheduler draws it. A sequence whose last page is another than its
 * parent's gets a copy of that one first. Then each has to find the tokens of its own line in its pages,
 * and the step has to say how much was copied.
 */
final class LineageClock implements StepClock {
  private final Server server;
  private final BeamDescent descent;
  private final int width;
  private final long[] arena;
  private final Map<Long, List<Long>> tokens = new HashMap<>(); // by request id
  private final Map<Long, int[]> pages = new HashMap<>(); // by request id, after the last step
  private final Set<Long> away = new HashSet<>(); // in host memory
  private long written;
  int copies;
  int returns;

  LineageClock(Server server, BeamDescent descent) {
    this.server = server;
    this.descent = descent;
    this.width = descent.width();
    this.arena = new long[server.table().pool().slots()];
  }

  @Override
  public long nanos(Batch batch, PageTable table) {
    IntList preempted = server.scheduler().decisions().preempted();
    Set<Long> alive = new HashSet<>();
    addIds(server.scheduler().running(), alive);
    addIds(preempted, alive);
    alive.addAll(away);
    pages.keySet().retainAll(alive);
    descend();
    addIds(preempted, away);
    int copied = copyPages(batch, table);
    if (batch.copiedTokens() != (long) copied * table.pool().pageTokens()) {
      throw new IllegalStateException(
          copied + " pages were copied, not " + batch.copiedTokens() + " tokens");
    }
    copies += copied;
    write(batch, table);
    read(batch, table);
    note(table);
    return 1000 + 10 * batch.totalTokens();
  }

  private void addIds(IntList requests, Set<Long> ids) {
    for (int i = 0; i < requests.size(); i++) {
      ids.add(server.requests().id(requests.get(i)));
    }
  }

  /** Every group that was in the last step goes on with its survivors. */
  private void descend() {
    for (long leader : List.copyOf(pages.keySet())) {
      boolean wasInTheStep = leader % width == 0 && !away.contains(leader);
      if (!wasInTheStep || tokens(leader).size() == promptTokens(leader)) {
        continue;
      }
      int[] parents = descent.parents(leader, tokens(leader).size());
      for (int k = 0; k < width; k++) {
        if (parents[k] != k) {
          tokens.put(leader + k, new ArrayList<>(tokens(leader + parents[k])));
          pages.put(leader + k, pages(leader + parents[k]));
        }
      }
    }
  }

  private List<Long> tokens(long id) {
    return Objects.requireNonNull(tokens.get(id));
  }

  private int[] pages(long id) {
    return Objects.requireNonNull(pages.get(id));
  }

  private int promptTokens(long id) {
    for (int handle = 0; handle < server.requests().handles(); handle++) {
      if (server.requests().id(handle) == id) {
        return server.requests().promptTokens(handle);
      }
    }
    throw new IllegalStateException("request " + id + " is unknown");
  }

  /**
   * Copies within the device, all from how it was; and what comes back from the host, where all but one of
   * those that shared a page that is not full are about to copy it.
   */
  private int copyPages(Batch batch, PageTable table) {
    long[] before = arena.clone();
    int pageTokens = table.pool().pageTokens();
    int copied = 0;
    Set<Integer> returned = new HashSet<>(); // pages that they had
    for (int i = 0; i < batch.size(); i++) {
      long id = server.requests().id(batch.request(i));
      int last = batch.context(i) / pageTokens;
      boolean partial = batch.context(i) % pageTokens != 0;
      if (away.remove(id)) {
        returns++;
        copied += partial && !returned.add(groupPage(id, last)) ? 1 : 0;
        for (int p = 0; p < batch.context(i); p++) {
          arena[table.slot(batch.row(i), p)] = tokens(id).get(p);
        }
      } else if (pages.containsKey(id)
          && partial
          && pages(id)[last] != table.page(batch.row(i), last)) {
        int from = pages(id)[last] * pageTokens;
        int to = table.page(batch.row(i), last) * pageTokens;
        System.arraycopy(before, from, arena, to, pageTokens);
        copied++;
      }
    }
    return copied;
  }

  /** A number for a page that a group had, as groups that went at different times may have had the same. */
  private int groupPage(long id, int index) {
    return Math.toIntExact(id / width) * arena.length + pages(id)[index];
  }

  private void write(Batch batch, PageTable table) {
    for (int i = 0; i < batch.size(); i++) {
      long id = server.requests().id(batch.request(i));
      if (batch.context(i) == 0) {
        tokens.put(id, new ArrayList<>());
      } else if (batch.tokens(i) == 0) { // a fork: the prompt is the first one's
        tokens.put(id, new ArrayList<>(tokens(id - id % width)));
      }
      for (int n = 0; n < batch.tokens(i); n++) {
        arena[table.slot(batch.row(i), batch.context(i) + n)] = ++written;
        tokens(id).add(written);
      }
    }
  }

  private void read(Batch batch, PageTable table) {
    for (int i = 0; i < batch.size(); i++) {
      long id = server.requests().id(batch.request(i));
      for (int p = 0; p < batch.context(i) + batch.tokens(i); p++) {
        if (arena[table.slot(batch.row(i), p)] != tokens(id).get(p)) {
          throw new IllegalStateException("request " + id + " lost the KV of token " + p);
        }
      }
    }
  }

  private void note(PageTable table) {
    pages.keySet().retainAll(away);
    IntList running = server.scheduler().running();
    for (int i = 0; i < running.size(); i++) {
      int row = server.requests().row(running.get(i));
      int[] held = new int[table.pages(row)];
      for (int p = 0; p < held.length; p++) {
        held[p] = table.page(row, p);
      }
      pages.put(server.requests().id(running.get(i)), held);
    }
  }
}
