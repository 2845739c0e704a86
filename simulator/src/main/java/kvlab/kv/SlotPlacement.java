package kvlab.kv;

/**
 * Slots of equal length from the start of the pool on, handed out whole, the lowest free one first: the
 * rows of a preallocated tensor {@code [slots, slotPages]}. Pages behind the last whole slot stay free
 * for ever.
 */
final class SlotPlacement implements Placement {
  private final int slotPages;
  private final boolean[] taken; // [slot]
  private int freePages;

  SlotPlacement(int pages, int slotPages) {
    this.slotPages = slotPages;
    this.taken = new boolean[pages / slotPages];
    this.freePages = pages;
  }

  @Override
  public int take(int pages) {
    if (pages > slotPages) {
      return PageTable.NO_PAGE;
    }
    for (int slot = 0; slot < taken.length; slot++) {
      if (!taken[slot]) {
        taken[slot] = true;
        freePages -= slotPages;
        return slot * slotPages;
      }
    }
    return PageTable.NO_PAGE;
  }

  @Override
  public int granted(int pages) {
    return slotPages;
  }

  @Override
  public void give(int firstPage, int grantedPages) {
    taken[firstPage / slotPages] = false;
    freePages += slotPages;
  }

  @Override
  public int freePages() {
    return freePages;
  }

  @Override
  public int largestRequestPages() {
    return taken.length == 0 ? 0 : slotPages;
  }
}
