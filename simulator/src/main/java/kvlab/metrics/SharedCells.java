package kvlab.metrics;

import java.util.Arrays;
import kvlab.metrics.PoolMap.Rest;

/** Cells of several pages: each is of the holder and looks like the kind of slots that has most of it. */
final class SharedCells implements MapCells {
  private static final Rest[] RESTS = Rest.values();

  private final int pagesPerCell;
  private final int pageTokens;
  private final int[] slots; // [cell * RESTS + rest], of NONE the live ones
  private final int[] owner; // [cell] of whom most slots counted so far are
  private final int[] owned; // [cell] slots of that one
  private final int[] latest; // [cell] of whom slots were counted last
  private final int[] latestOwned; // [cell]

  SharedCells(int pages, int pagesPerCell, int pageTokens) {
    this.pagesPerCell = pagesPerCell;
    this.pageTokens = pageTokens;
    int cells = (pages + pagesPerCell - 1) / pagesPerCell;
    slots = new int[cells * RESTS.length];
    owner = new int[cells];
    owned = new int[cells];
    latest = new int[cells];
    latestOwned = new int[cells];
  }

  @Override
  public int count() {
    return owner.length;
  }

  @Override
  public void clear() {
    Arrays.fill(slots, 0);
    Arrays.fill(owner, PoolMap.NOBODY);
    Arrays.fill(owned, 0);
    Arrays.fill(latest, PoolMap.NOBODY);
    Arrays.fill(latestOwned, 0);
  }

  @Override
  public void add(int page, int holder, int live, int reserved, int internal, int rounding) {
    int cell = page / pagesPerCell;
    int at = cell * RESTS.length;
    slots[at] += live;
    slots[at + Rest.RESERVED.ordinal()] += reserved;
    slots[at + Rest.INTERNAL.ordinal()] += internal;
    slots[at + Rest.ROUNDING.ordinal()] += rounding;
    own(cell, holder);
  }

  @Override
  public void add(int page, int holder, Rest rest) {
    int cell = page / pagesPerCell;
    slots[cell * RESTS.length + rest.ordinal()] += pageTokens;
    own(cell, holder);
  }

  /** The holders of a cell come one after the other, so the best of them is known when the last has come. */
  private void own(int cell, int holder) {
    if (latest[cell] != holder) {
      latest[cell] = holder;
      latestOwned[cell] = 0;
    }
    latestOwned[cell] += pageTokens;
    if (latestOwned[cell] > owned[cell]) {
      owner[cell] = holder;
      owned[cell] = latestOwned[cell];
    }
  }

  @Override
  public long total(Rest rest) {
    long sum = 0;
    for (int at = rest.ordinal(); at < slots.length; at += RESTS.length) {
      sum += slots[at];
    }
    return sum;
  }

  @Override
  public void owners(int[] into) {
    System.arraycopy(owner, 0, into, 0, owner.length);
  }

  @Override
  public void looks(byte[] into) {
    for (int cell = 0; cell < owner.length; cell++) {
      into[cell] = look(cell * RESTS.length);
    }
  }

  private byte look(int at) {
    int live = slots[at];
    int all = live;
    int most = Rest.NONE.ordinal();
    for (int rest = 1; rest < RESTS.length; rest++) {
      int its = slots[at + rest];
      if (its > 0) {
        all += its;
        most = most == 0 || its > slots[at + most] ? rest : most;
      }
    }
    return MapCells.look(live, all, RESTS[most]);
  }
}
