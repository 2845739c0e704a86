package kvlab.calibrate;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kvlab.metrics.Partition;
import kvlab.metrics.Probe;
import kvlab.sched.Requests;
import kvlab.step.Batch;
import kvlab.step.StepClock;
import kvlab.workload.Trace;

/**
 * Holds a clock to a recording. A step whose end is known takes until then: a request got its first or its
 * last token in it, or was queued, which an engine does between steps, closer to this one's end than to that
 * of a step beside it. The others take what the model says. So the schedule stays that of the
 * recording however wrong the model is, and every stretch between two known ends is a measurement:
 *
 * <pre>
 *   recorded   |----------- measured -----------|
 *              end of request 7     first token of request 12
 *   steps      |--d--|--d--|--d--|--- prompt ---|
 *   model      |--- sum of what it says -----|
 * </pre>
 */
final class Lockstep implements Probe {
  private final Recording recording;
  private final Set<Integer> begun = new HashSet<>(); // got their first token
  private final Set<Integer> done = new HashSet<>();
  private final List<Stretch> stretches = new ArrayList<>();
  private int queued; // requests that were, or that no step's end is known by
  private double nowNanos;
  private double knownNanos; // the last known end
  private double sinceNanos; // what the model says of the steps since
  private int stepsSince;
  private boolean promptSince;

  /**
   * When the requests of a trace were queued and got their first and their last token.
   *
   * @param queuedNanos by request, ascending
   * @param firstNanos by request, as {@code lastNanos}
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Recording(Trace trace, double[] queuedNanos, double[] firstNanos, double[] lastNanos) {}

  /**
   * Steps between two known ends.
   *
   * @param request who ends it
   * @param steps how many
   * @param hasPrompt whether some of them computed prompt tokens
   * @param tokens computed in the last
   * @param decodes of it
   * @param context of all its decodes
   * @param longest of these
   */
  record Stretch(
      int request,
      int steps,
      boolean hasPrompt,
      long tokens,
      int decodes,
      long context,
      int longest,
      double measuredNanos,
      double predictedNanos) {}

  Lockstep(Recording recording) {
    this.recording = recording;
  }

  List<Stretch> stretches() {
    return stretches;
  }

  /** A model held to the recording, as the clock of a server with these requests. */
  StepClock over(StepClock model, Requests requests) {
    return (batch, table) -> nanos(batch, requests, model.nanos(batch, table));
  }

  private long nanos(Batch batch, Requests requests, long predicted) {
    sinceNanos += predicted;
    stepsSince++;
    promptSince |= batch.decodes() < batch.size();
    double end = 0;
    int whose = -1;
    for (int i = 0; i < batch.size(); i++) {
      int request = (int) requests.id(batch.request(i));
      double its = endNanos(request, batch.context(i) + batch.tokens(i));
      if (its > end) {
        end = its;
        whose = request;
      }
    }
    if (whose < 0) {
      whose = queuedNear(nowNanos + predicted, (double) predicted);
      end = whose < 0 ? nowNanos + predicted : recording.queuedNanos[whose];
    }
    long took = Math.max(1, Math.round(end - nowNanos));
    nowNanos += took;
    if (whose < 0) {
      return took;
    }
    if (end > knownNanos) {
      stretches.add(new Stretch(
          whose,
          stepsSince,
          promptSince,
          batch.totalTokens(),
          batch.decodes(),
          batch.decodeContext(),
          batch.longestDecode(),
          end - knownNanos,
          sinceNanos));
    }
    begin(end);
    return took;
  }

  /** Who was queued there, give or take half a step; of several the last, -1 for nobody. */
  private int queuedNear(double nanos, double stepNanos) {
    while (queued < recording.queuedNanos.length
        && recording.queuedNanos[queued] <= Math.max(knownNanos, nanos - stepNanos / 2)) {
      queued++;
    }
    int last = -1;
    while (queued < recording.queuedNanos.length
        && recording.queuedNanos[queued] < nanos + stepNanos / 2) {
      last = queued++;
    }
    return last;
  }

  /** When a step ended that computed a request's tokens so far; 0 where that is not recorded. */
  private double endNanos(int request, int computed) {
    double end = 0;
    int prompt = recording.trace.promptTokens(request);
    if (computed >= prompt && begun.add(request)) {
      end = recording.firstNanos[request];
    }
    if (computed >= prompt + recording.trace.outputTokens(request) - 1 && done.add(request)) {
      end = recording.lastNanos[request];
    }
    return end;
  }

  private void begin(double nanos) {
    knownNanos = nanos;
    sinceNanos = 0;
    stepsSince = 0;
    promptSince = false;
  }

  @Override
  public void onIdle(Partition partition, long fromNanos, long toNanos) {
    idleUntil(toNanos);
  }

  /** Nothing was in flight until then. */
  void idleUntil(long nanos) {
    nowNanos = nanos;
    begin((double) nanos);
  }
}
