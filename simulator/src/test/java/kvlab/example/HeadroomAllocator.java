package kvlab.example;

import java.util.ArrayDeque;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageTable;

/** Any free page to anyone; admission leaves so many pages for each running sequence. */
final class HeadroomAllocator implements KvAllocator {
  private final PageTable table;
  private final int headroomPages;
  private final ArrayDeque<Integer> free = new ArrayDeque<>(); // slow but short
  private int running;

  HeadroomAllocator(PageTable table, int headroomPages) {
    this.table = table;
    this.headroomPages = headroomPages;
    for (int page = 0; page < table.pool().pages(); page++) {
      free.add(page);
    }
  }

  @Override
  public boolean admit(int row, int request, int knownTokens, int tokens, int claimTokens) {
    int pages = table.pool().pagesFor(tokens);
    if (pages + marginPages() > free.size()) {
      return false;
    }
    running++;
    return grow(row, tokens);
  }

  @Override
  public boolean grow(int row, int tokens) {
    int missing = table.pool().pagesFor(tokens) - table.pages(row);
    if (missing > free.size()) {
      return false;
    }
    for (int i = 0; i < missing; i++) {
      table.append(row, free.remove());
    }
    return true;
  }

  @Override
  public void release(int row) {
    while (table.pages(row) > 0) {
      free.add(table.removeLast(row));
    }
    running--;
  }

  @Override
  public int pagesToAdmit(int request, int knownTokens, int tokens) {
    return table.pool().pagesFor(tokens);
  }

  @Override
  public int freePages() {
    return free.size();
  }

  @Override
  public int marginPages() {
    return headroomPages * running;
  }

  @Override
  public int askedTokens(int row) {
    return table.capacityTokens(row);
  }

  @Override
  public int largestSequenceTokens() {
    return table.pool().slots();
  }
}
