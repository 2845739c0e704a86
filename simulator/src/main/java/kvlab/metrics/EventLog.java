package kvlab.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kvlab.sched.Scheduler;

/**
 * The run as a trace for Perfetto, speedscope or {@code chrome://tracing}: JSON of Google's Trace Event
 * Format, written as the run goes. Times are whole microseconds of simulated time.
 *
 * <pre>
 *   process 1, requests   a lane per request in flight, the lowest that is free on arrival:
 *                         request 17 [ queued | prefill | decode [ preempted ] ]
 *   process 2, server     counters: KV slots by part, running and waiting requests
 * </pre>
 *
 * <p>Of many requests every k-th by order of arrival is in it, so that there are at most as many as asked
 * for, and lanes are those of these. Counters have the value of each step up to {@value #EVERY_STEP} steps;
 * from then on of steps that are a {@value #PER_TIME}th of the time so far apart. The head of the file says
 * what was left out.
 */
public final class EventLog implements Probe {
  private static final int EVERY_STEP = 16_384;
  private static final int PER_TIME = EVERY_STEP / 2;
  private static final int FLUSH_CHARS = 1 << 16;
  private static final int REQUESTS = 1; // processes
  private static final int SERVER = 2;
  private static final Part[] PARTS = Part.values();
  private static final List<String> NAMES =
      Stream.of(PARTS).map(part -> part.name().toLowerCase(Locale.ROOT)).toList();

  /** A request that has left, waiting for those that arrived before it. */
  private record Left(
      long id,
      long arrivalNanos,
      long scheduledNanos,
      long firstTokenNanos,
      long finishNanos,
      int promptTokens,
      int outputTokens,
      int cachedTokens,
      List<Preemptions.Stretch> preempted,
      Optional<Rejection> rejection) {
    boolean isOver() {
      return finishNanos >= 0 || rejection.isPresent();
    }
  }

  private final OutputStream out;
  private final long every;
  private final StringBuilder text = new StringBuilder();
  private final Preemptions preemptions = new Preemptions();
  private final Map<Long, Left> left = new HashMap<>(); // by sequence
  private final Lanes lanes = new Lanes();
  private int named; // lanes that have a name
  private long next; // sequence of the next request to be written
  private long samples; // of the counters, since their distance grew last
  private long apartNanos;
  private long startNanos = -1;
  private long sampledNanos = Long.MIN_VALUE;

  /**
   * A log on a stream.
   *
   * @param design whose run it is
   * @param requests of the trace
   * @param most requests to have in the log
   */
  public EventLog(OutputStream out, String design, long requests, long most) {
    this.out = out;
    this.every = Math.max(1, (requests + most - 1) / most);
    text.append("{\"displayTimeUnit\":\"ms\",\"otherData\":{\"design\":\"").append(design);
    text.append("\",\"requests\":\"").append(requests).append("\",\"requests_shown\":\"");
    text.append(every == 1 ? "all" : "one in " + every).append("\"},\"traceEvents\":[\n");
    name("process_name", REQUESTS, 0, "requests of " + design);
    text.append(",\n");
    name("process_name", SERVER, 0, "server: " + design);
  }

  private void name(String what, int process, int thread, String name) {
    text.append("{\"ph\":\"M\",\"pid\":").append(process).append(",\"tid\":").append(thread);
    text.append(",\"name\":\"").append(what).append("\",\"args\":{\"name\":\"");
    text.append(name).append("\"}}");
  }

  @Override
  public boolean readsTotalsOnly() {
    return true;
  }

  @Override
  public void onStep(StepView step) {
    preemptions.onStep(step);
    sample(step);
  }

  @Override
  public void onRepeats(Repeats steps) {
    long atNanos = steps.startNanos();
    for (int i = 0; i < steps.count(); i++) {
      if (isSampled(atNanos)) {
        sample(steps.step(i));
      }
      atNanos += steps.nanos(i);
    }
    steps.step(0);
  }

  private boolean isSampled(long atNanos) {
    return sampledNanos == Long.MIN_VALUE || atNanos - sampledNanos >= apartNanos;
  }

  private void sample(StepView step) {
    long atNanos = step.startNanos();
    if (isSampled(atNanos)) {
      Scheduler scheduler = step.scheduler();
      counters(atNanos, step.partition(), scheduler.running().size(), scheduler.waiting());
    }
  }

  @Override
  public void onIdle(Partition partition, long fromNanos, long toNanos) {
    if (isSampled(fromNanos)) {
      counters(fromNanos, partition, 0, 0);
    }
  }

  private void counters(long atNanos, Partition partition, int running, int waiting) {
    startNanos = startNanos < 0 ? atNanos : startNanos;
    sampledNanos = atNanos;
    event('C', SERVER, 0, atNanos, "KV slots");
    text.append(",\"args\":{");
    for (Part part : PARTS) {
      text.append(part.ordinal() == 0 ? "\"" : ",\"").append(NAMES.get(part.ordinal()));
      text.append("\":");
      text.append(partition.slots(part));
    }
    text.append("}}");
    event('C', SERVER, 0, atNanos, "requests");
    text.append(",\"args\":{\"running\":").append(running).append(",\"waiting\":");
    text.append(waiting).append("}}");
    if (++samples == EVERY_STEP) {
      apartNanos = (atNanos - startNanos) / PER_TIME;
      samples = PER_TIME; // by as many more the time so far doubles
    }
    flush(FLUSH_CHARS);
  }

  private void event(char phase, int process, int thread, long nanos, String name) {
    text.append(",\n{\"ph\":\"").append(phase).append("\",\"pid\":").append(process);
    text.append(",\"tid\":").append(thread).append(",\"ts\":").append(nanos / 1000);
    text.append(",\"name\":\"").append(name).append('"');
  }

  private void span(int lane, long fromNanos, long toNanos, String name) {
    event('X', REQUESTS, lane, fromNanos, name);
    text.append(",\"dur\":").append(toNanos / 1000 - fromNanos / 1000);
  }

  @Override
  public void onFinish(RequestView request) {
    keep(request, Optional.empty());
  }

  @Override
  public void onReject(RequestView request, Rejection reason) {
    keep(request, Optional.of(reason));
  }

  @Override
  public void onUnfinished(RequestView request) {
    keep(request, Optional.empty());
  }

  private void keep(RequestView request, Optional<Rejection> rejection) {
    List<Preemptions.Stretch> preempted =
        new ArrayList<>(preemptions.take(request.id(), Long.MAX_VALUE));
    if (request.sequence() % every != 0) {
      return;
    }
    left.put(
        request.sequence(),
        new Left(
            request.id(),
            request.arrivalNanos(),
            request.firstScheduledNanos(),
            request.firstTokenNanos(),
            request.finishNanos(),
            request.promptTokens(),
            request.outputTokens(),
            request.cachedPromptTokens(),
            preempted,
            rejection));
    for (Left first = left.get(next); first != null && first.isOver(); first = left.get(next)) {
      write(first, first.finishNanos());
      left.remove(next);
      next += every;
    }
  }

  private void write(Left request, long endNanos) {
    if (request.rejection.isPresent()) {
      event('i', REQUESTS, 0, request.arrivalNanos, "rejected " + request.id);
      text.append(",\"s\":\"p\",\"args\":{\"reason\":\"");
      text.append(request.rejection.get().text()).append("\"}}");
      return;
    }
    int lane = 1 + lanes.take(request.arrivalNanos / 1000, endNanos / 1000 + 1);
    if (lane > named) {
      named = lane;
      text.append(",\n");
      name("thread_name", REQUESTS, lane, "lane " + lane);
    }
    span(lane, request.arrivalNanos, endNanos, "request " + request.id);
    text.append(",\"args\":{\"prompt_tokens\":").append(request.promptTokens);
    text.append(",\"output_tokens\":").append(request.outputTokens);
    text.append(",\"cached_prompt_tokens\":").append(request.cachedTokens);
    text.append(",\"finished\":").append(request.finishNanos >= 0).append("}}");
    phase(lane, request, "queued", request.arrivalNanos, until(request.scheduledNanos, endNanos));
    if (request.scheduledNanos >= 0) {
      long firstToken = until(request.firstTokenNanos, endNanos);
      phase(lane, request, "prefill", request.scheduledNanos, firstToken);
      if (request.firstTokenNanos >= 0) {
        phase(lane, request, "decode", firstToken, endNanos);
      }
    }
    flush(FLUSH_CHARS);
  }

  private static long until(long nanos, long endNanos) {
    return nanos < 0 ? endNanos : nanos;
  }

  /** A phase and the preemptions in it. */
  private void phase(int lane, Left request, String name, long fromNanos, long toNanos) {
    if (!inner(lane, fromNanos, toNanos, name)) {
      return;
    }
    for (Preemptions.Stretch stretch : request.preempted) {
      long from = Math.max(fromNanos, stretch.fromNanos());
      inner(lane, from, Math.min(toNanos, stretch.toNanos()), "preempted");
    }
  }

  /** A span without more to say; none below a microsecond, whose end some viewers meet before its start. */
  private boolean inner(int lane, long fromNanos, long toNanos, String name) {
    if (fromNanos / 1000 >= toNanos / 1000) {
      return false;
    }
    span(lane, fromNanos, toNanos, name);
    text.append('}');
    return true;
  }

  @Override
  public void onEnd(long endNanos) {
    left.keySet().stream().sorted().map(left::get).forEach(request -> {
      if (request.isOver() || request.arrivalNanos <= endNanos) {
        write(request, request.isOver() ? request.finishNanos : endNanos);
      }
    });
    text.append("\n]}\n");
    flush(0);
    try {
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void flush(int chars) {
    if (text.length() > chars) {
      try {
        out.write(text.toString().getBytes(UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      text.setLength(0);
    }
  }
}
