package kvlab.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import kvlab.metrics.Probe;
import kvlab.metrics.Rejection;
import kvlab.metrics.RequestView;

/** Names every request that did not finish, with the reason. */
final class Unserved implements Probe {
  static final String HEADER = "design,id,prompt_tokens,output_tokens,outcome,reason";

  private final String design;
  private final List<String> lines = new ArrayList<>();

  Unserved(String design) {
    this.design = design;
  }

  List<String> lines() {
    return lines;
  }

  @Override
  public boolean readsTotalsOnly() {
    return true;
  }

  @Override
  public void onReject(RequestView request, Rejection reason) {
    String code = reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
    add(request, "rejected", code);
  }

  @Override
  public void onUnfinished(RequestView request) {
    add(request, "unfinished", "run-cut");
  }

  private void add(RequestView request, String outcome, String reason) {
    lines.add(design + "," + request.id() + "," + request.promptTokens() + ","
        + request.outputTokens() + "," + outcome + "," + reason);
  }
}
