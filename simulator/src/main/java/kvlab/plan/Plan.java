package kvlab.plan;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import kvlab.design.Design;
import kvlab.metrics.Row;
import kvlab.study.Experiment;
import kvlab.study.Workers;
import kvlab.workload.InputException;
import kvlab.workload.synth.Reshaped;

/**
 * For each design the largest rate that one server holds, found on the trace sped up or slowed down, and
 * the fewest servers that hold the trace at its own rate. What is said is always a pair of replays that
 * were made: one that held and the one beside it that did not.
 */
public final class Plan {
  /**
   * How to search.
   *
   * @param tolerance the rate that failed is at most so much above the one that held, as a share
   * @param mostServers to try
   * @param pricePerGpuHour in whatever currency
   * @param leaps whether quiet steps may be leapt over, which changes nothing but the time it takes
   */
  public record Settings(
      Slo slo, double tolerance, int mostServers, OptionalDouble pricePerGpuHour, boolean leaps) {
    public Settings {
      if (!(tolerance >= 1e-4 && tolerance <= 1)) {
        throw new InputException(
            "--tolerance must be from 0.01% to 100%: " + tolerance * 100 + "%");
      }
      if (mostServers < 1) {
        throw new InputException("--max-servers must be at least 1: " + mostServers);
      }
      if (pricePerGpuHour.isPresent() && !(pricePerGpuHour.getAsDouble() > 0)) {
        throw new InputException(
            "--price-per-gpu-hour must be positive: " + pricePerGpuHour.getAsDouble());
      }
    }
  }

  private final Experiment base;
  private final Settings settings;
  private final List<DesignPlan> plans = new ArrayList<>();

  /**
   * A plan.
   *
   * @param base whose trace, at so many times the rate of the file, is the load to be served
   * @param listener is told of each replay, from any thread
   */
  public Plan(Experiment base, Reshaped trace, Settings settings, Consumer<Trial> listener) {
    this.base = base;
    this.settings = settings;
    Demand demand = Demand.of(trace);
    if (!demand.hasRate()) {
      throw new InputException(
          trace.name()
              + ": all requests arrive at once, so there is no rate to scale; --arrivals gives them times");
    }
    for (Design design : base.designs()) {
      plans.add(new DesignPlan(base, demand, design, settings, listener));
    }
  }

  /** Searches for all designs, several at once. */
  public List<DesignOutcome> run() throws IOException {
    List<Workers.Task<DesignOutcome>> tasks = new ArrayList<>();
    plans.forEach(plan -> tasks.add(plan::run));
    return Workers.run(tasks, Runtime.getRuntime().availableProcessors());
  }

  /** A line for each design. */
  public List<Row> rows(List<DesignOutcome> outcomes) {
    int gpus = base.hardware().tensorParallel();
    return outcomes.stream()
        .map(outcome -> outcome.row(gpus, settings.pricePerGpuHour()))
        .toList();
  }

  /** A line for each replay of all designs. */
  public static List<Row> trials(List<DesignOutcome> outcomes) {
    return outcomes.stream()
        .flatMap(outcome -> outcome.trials().stream())
        .map(Trial::row)
        .toList();
  }
}
