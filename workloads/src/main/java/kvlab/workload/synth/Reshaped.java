package kvlab.workload.synth;

import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import kvlab.workload.InputException;
import kvlab.workload.RequestSource;
import kvlab.workload.RequestStream;

/**
 * The requests of another source with changes, made as they are read and in this order: at new times; faster or
 * slower; each as several samples of its prompt.
 *
 * @param source whose requests
 * @param arrivals the law of their new times, or none to keep their own
 * @param seed of the law's randomness
 * @param rateScale requests arrive so many times as fast: a time is divided by it, down to a nanosecond
 * @param samples every request becomes so many that share its prompt and arrive one after another, as
 *     vLLM's front end does for {@code n} samples; sample k of request i has the id {@code id(i) *
 *     samples + k}
 */
public record Reshaped(
    RequestSource source, Optional<Arrivals> arrivals, long seed, double rateScale, int samples)
    implements RequestSource {
  public Reshaped {
    if (!(rateScale > 0) || Double.isInfinite(rateScale)) {
      throw new InputException("rate scale must be positive: " + rateScale);
    }
    if (samples < 1 || samples > Long.MAX_VALUE / Math.max(1, source.requests())) {
      throw new InputException(
          "samples per request must be at least 1 and few enough to count: " + samples);
    }
  }

  /** The source as it is, for one change after another. */
  public static Reshaped of(RequestSource source) {
    return new Reshaped(source, Optional.empty(), 0, 1, 1);
  }

  public Reshaped withRateScale(double factor) {
    return new Reshaped(source, arrivals, seed, factor, samples);
  }

  public Reshaped withSamples(int perRequest) {
    return new Reshaped(source, arrivals, seed, rateScale, perRequest);
  }

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public long requests() {
    return source.requests() * samples;
  }

  @Override
  public long lastArrivalNanos() {
    return arrivals.isPresent() ? 0 : scaled(source.lastArrivalNanos());
  }

  private long scaled(long nanos) {
    return rateScale == 1 ? nanos : (long) Math.floor(nanos / rateScale);
  }

  @Override
  public boolean hasPriorities() {
    return source.hasPriorities();
  }

  @Override
  public boolean hasPromptKeys() {
    return source.hasPromptKeys() || samples > 1;
  }

  @Override
  public int hashBlockTokens() {
    return source.hashBlockTokens();
  }

  @Override
  public RequestStream stream() {
    return new Changed(source.stream());
  }

  private final class Changed implements RequestStream {
    private final RequestStream in;
    private final Optional<LongSupplier> times;
    private int sample = samples - 1;
    private long arrivalNanos;

    Changed(RequestStream in) {
      this.in = in;
      this.times = arrivals.map(law -> law.nanos(new SplittableRandom(seed)));
    }

    @Override
    public boolean next() {
      if (sample + 1 < samples) {
        sample++;
        return true;
      }
      if (!in.next()) {
        return false;
      }
      sample = 0;
      long nanos = times.isPresent() ? times.get().getAsLong() : in.arrivalNanos();
      arrivalNanos = scaled(nanos);
      return true;
    }

    @Override
    public long id() {
      return Math.addExact(Math.multiplyExact(in.id(), (long) samples), sample);
    }

    @Override
    public long arrivalNanos() {
      return arrivalNanos;
    }

    @Override
    public int promptTokens() {
      return in.promptTokens();
    }

    @Override
    public int outputTokens() {
      return in.outputTokens();
    }

    @Override
    public int priority() {
      return in.priority();
    }

    @Override
    public long promptKey() {
      return in.promptKey();
    }

    @Override
    public int hashBlockTokens() {
      return in.hashBlockTokens();
    }

    @Override
    public int hashCount() {
      return in.hashCount();
    }

    @Override
    public long hashId(int index) {
      return in.hashId(index);
    }
  }
}
