package kvlab.sched;

import kvlab.step.Batch;

/** Requests picked for a step, and the tokens that each computes in it. */
final class V0Picks {
  private final Requests requests;
  private final IntList picked = new IntList();
  private final IntList tokens = new IntList();

  V0Picks(Requests requests) {
    this.requests = requests;
  }

  void clear() {
    picked.clear();
    tokens.clear();
  }

  void add(int request, int itsTokens) {
    picked.add(request);
    tokens.add(itsTokens);
  }

  int size() {
    return picked.size();
  }

  int request(int index) {
    return picked.get(index);
  }

  /** Whether the step computes the last of what the request has. */
  boolean finishes(int index) {
    int request = picked.get(index);
    return requests.computedTokens(request) + tokens.get(index) == requests.knownTokens(request);
  }

  void appendTo(IntList order) {
    order.addAll(picked);
  }

  /** Appends them as prompts, which requests admitted in this step are however little they compute. */
  void appendAdmittedTo(Batch batch) {
    for (int i = 0; i < picked.size(); i++) {
      append(batch, i, false);
    }
  }

  void appendTo(Batch batch) {
    for (int i = 0; i < picked.size(); i++) {
      int known = requests.knownTokens(picked.get(i));
      boolean oneIsLeft = requests.computedTokens(picked.get(i)) == known - 1;
      append(batch, i, oneIsLeft && known > requests.promptTokens(picked.get(i)));
    }
  }

  private void append(Batch batch, int index, boolean decode) {
    int request = picked.get(index);
    int row = requests.row(request);
    batch.add(request, row, tokens.get(index), requests.computedTokens(request), decode);
  }
}
