package kvlab.plan;

import kvlab.metrics.RequestView;

/** Where the time of some requests went, from arrival to the last token. */
final class Times {
  private long requests;
  private double memoryNanos;
  private double sequencesNanos;
  private double stepNanos;
  private double preemptedNanos;
  private double prefillNanos;
  private double decodeNanos;
  private double promptTokens;
  private double gaps; // between output tokens

  /**
   * Adds a request.
   *
   * @param step nanoseconds in the queue that were neither for memory nor for sequences
   * @param prefill nanoseconds to the first token, without those after a preemption
   * @param decode nanoseconds from there, likewise
   */
  void add(
      RequestView request,
      long memory,
      long sequences,
      long step,
      long preempted,
      long prefill,
      long decode) {
    requests++;
    memoryNanos += memory;
    sequencesNanos += sequences;
    stepNanos += step;
    preemptedNanos += preempted;
    prefillNanos += prefill;
    decodeNanos += decode;
    promptTokens += request.promptTokens();
    gaps += request.outputTokens() - 1;
  }

  void merge(Times other) {
    requests += other.requests;
    memoryNanos += other.memoryNanos;
    sequencesNanos += other.sequencesNanos;
    stepNanos += other.stepNanos;
    preemptedNanos += other.preemptedNanos;
    prefillNanos += other.prefillNanos;
    decodeNanos += other.decodeNanos;
    promptTokens += other.promptTokens;
    gaps += other.gaps;
  }

  long requests() {
    return requests;
  }

  /** Milliseconds per request in the queue for memory before it was first scheduled. */
  double memoryMillis() {
    return each(memoryNanos);
  }

  /** In the queue because as many ran as may. */
  double sequencesMillis() {
    return each(sequencesNanos);
  }

  /** In the queue for a place in the next batch, and until the step in progress ends. */
  double stepMillis() {
    return each(stepNanos);
  }

  /** Without memory after preemptions. */
  double preemptedMillis() {
    return each(preemptedNanos);
  }

  /** From the first step that it was in to the first token. */
  double prefillMillis() {
    return each(prefillNanos);
  }

  /** From the first token to the last. */
  double decodeMillis() {
    return each(decodeNanos);
  }

  /** The prefill that others would have had, by their prompts. */
  double prefillMillisOf(Times others) {
    return promptTokens == 0 ? 0 : others.each(prefillNanos / promptTokens * others.promptTokens);
  }

  /** The decoding that others would have had, by their outputs. */
  double decodeMillisOf(Times others) {
    return gaps == 0 ? 0 : others.each(decodeNanos / gaps * others.gaps);
  }

  private double each(double nanos) {
    return requests == 0 ? 0 : nanos / requests / 1e6;
  }
}
