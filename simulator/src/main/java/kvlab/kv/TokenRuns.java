package kvlab.kv;

import java.util.Arrays;

/**
 * What pages hold, token by token as far as that is known: runs of tokens, each with an identity. Two runs
 * of one identity that begin at the same place of a page hold the same tokens up to the end of the shorter
 * one; runs of different identities may not share a token that anybody knows of.
 */
final class TokenRuns {
  private final long[][] identity; // [page][run]
  private final int[][] end; // [page][run] tokens of the page up to the run's end
  private final int[] runs; // [page]

  TokenRuns(int pages) {
    identity = new long[pages][];
    end = new int[pages][];
    runs = new int[pages];
    Arrays.fill(identity, new long[0]);
    Arrays.fill(end, new int[0]);
  }

  void clear(int page) {
    runs[page] = 0;
  }

  /** Appends a run to what the page holds. */
  void add(int page, long itsIdentity, int itsEnd) {
    int run = runs[page]++;
    if (run == end[page].length) {
      identity[page] = Arrays.copyOf(identity[page], Math.max(2, run * 2));
      end[page] = Arrays.copyOf(end[page], Math.max(2, run * 2));
    }
    identity[page][run] = itsIdentity;
    end[page][run] = itsEnd;
  }

  /** The identity of the first run; the page holds something. */
  long first(int page) {
    return identity[page][0];
  }

  /** Tokens that the page holds. */
  int tokens(int page) {
    return runs[page] == 0 ? 0 : end[page][runs[page] - 1];
  }

  /** Leading tokens that the pages are known to share. */
  int common(int a, int b) {
    int common = 0;
    for (int run = 0; run < runs[a] && run < runs[b]; run++) {
      if (identity[a][run] != identity[b][run]) {
        return common;
      }
      common = Math.min(end[a][run], end[b][run]);
      if (end[a][run] != end[b][run]) {
        return common;
      }
    }
    return common;
  }
}
