package kvlab.metrics;

import java.util.Arrays;
import kvlab.metrics.PoolMap.Rest;

/** A cell to each page: whose it is and what it looks like is known as soon as it is added. */
final class PageCells implements MapCells {
  private static final Rest[] RESTS = Rest.values();

  private final int pageTokens;
  private final int[] owner; // [page]
  private final byte[] look; // [page]
  private final byte[] lookOfAll = new byte[RESTS.length]; // [rest] of a page that is all of it
  private final long[] totals = new long[RESTS.length]; // [rest]

  PageCells(int pages, int pageTokens) {
    this.pageTokens = pageTokens;
    owner = new int[pages];
    look = new byte[pages];
    for (Rest rest : RESTS) {
      lookOfAll[rest.ordinal()] =
          MapCells.look(rest == Rest.NONE ? pageTokens : 0, pageTokens, rest);
    }
  }

  @Override
  public int count() {
    return owner.length;
  }

  @Override
  public void clear() {
    Arrays.fill(owner, PoolMap.NOBODY);
    Arrays.fill(look, (byte) 0);
    Arrays.fill(totals, 0);
  }

  @Override
  public void add(int page, int holder, int live, int reserved, int internal, int rounding) {
    owner[page] = holder;
    Rest most = rounding > 0 ? Rest.ROUNDING : Rest.NONE;
    int its = rounding;
    if (internal > 0 && internal >= its) {
      most = Rest.INTERNAL;
      its = internal;
    }
    if (reserved > 0 && reserved >= its) {
      most = Rest.RESERVED;
    }
    look[page] = MapCells.look(live, pageTokens, most);
    totals[Rest.NONE.ordinal()] += live;
    totals[Rest.RESERVED.ordinal()] += reserved;
    totals[Rest.INTERNAL.ordinal()] += internal;
    totals[Rest.ROUNDING.ordinal()] += rounding;
  }

  @Override
  public void add(int page, int holder, Rest rest) {
    int kind = rest.ordinal();
    owner[page] = holder;
    look[page] = lookOfAll[kind];
    totals[kind] += pageTokens;
  }

  @Override
  public long total(Rest rest) {
    return totals[rest.ordinal()];
  }

  @Override
  public void owners(int[] into) {
    System.arraycopy(owner, 0, into, 0, owner.length);
  }

  @Override
  public void looks(byte[] into) {
    System.arraycopy(look, 0, into, 0, look.length);
  }
}
