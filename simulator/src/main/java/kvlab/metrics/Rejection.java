package kvlab.metrics;

/** Why a request can never be served. */
public enum Rejection {
  OVER_MODEL_LENGTH("prompt + output is longer than max-model-len"),
  OVER_OUTPUT_LIMIT("output is longer than max-new-tokens"),
  NEVER_FITS("needs more memory than one sequence can get"),
  IGNORED("given up by the scheduler: what is to be computed at once is too long");

  private final String text;

  Rejection(String text) {
    this.text = text;
  }

  /** The reason in words. */
  public String text() {
    return text;
  }
}
