package kvlab.study;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import kvlab.design.Design;
import kvlab.metrics.Probe;
import kvlab.metrics.RequestLog;
import kvlab.metrics.StepLog;
import kvlab.metrics.StepView;

/** Runs every design of an experiment, as many at once as there are cores; results keep their order. */
public final class Study {
  /** Logs that a run can write. */
  public enum Log {
    STEPS,
    REQUESTS
  }

  private final Experiment experiment;
  private final List<DesignRun> runs = new ArrayList<>();
  private final Set<Log> logs;
  private final Path folder;
  private boolean everyStep;

  /**
   * A study; options that a design cannot have are refused here.
   *
   * @param folder where logs go: here for one design, else into a folder per design
   */
  public Study(Experiment experiment, Set<Log> logs, Path folder) {
    this.experiment = experiment;
    this.logs = logs;
    this.folder = folder;
    for (Design design : experiment.designs()) {
      runs.add(new DesignRun(experiment, design));
    }
  }

  /** Takes every step of the runs one by one, which gives the same results. */
  public Study withoutLeaping() {
    everyStep = true;
    return this;
  }

  /** Runs the designs; a failure of one stops the study. */
  public List<DesignResult> run(Progress progress) throws IOException {
    int threads = Math.min(runs.size(), Runtime.getRuntime().availableProcessors());
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    CompletionService<DesignResult> ended = new ExecutorCompletionService<>(executor);
    try {
      List<Future<DesignResult>> futures = new ArrayList<>();
      for (int i = 0; i < runs.size(); i++) {
        DesignRun run = runs.get(i);
        String name = experiment.designs().get(i).name();
        futures.add(ended.submit(() -> runOne(run, name, progress)));
      }
      for (int i = 0; i < futures.size(); i++) {
        result(next(ended)); // a failure is seen when it happens, not in the order of the designs
      }
      List<DesignResult> results = new ArrayList<>();
      for (Future<DesignResult> future : futures) {
        results.add(result(future));
      }
      return results;
    } finally {
      stop(executor);
      progress.end();
    }
  }

  private static Future<DesignResult> next(CompletionService<DesignResult> ended)
      throws IOException {
    try {
      return ended.take();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IOException("interrupted", e);
  }

  private static DesignResult result(Future<DesignResult> future) throws IOException {
    try {
      return future.get();
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Waits for runs that a failure of another one has made useless, so that none writes any more. */
  private static void stop(ExecutorService executor) {
    executor.shutdownNow();
    try {
      executor.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends a run whose thread was interrupted. */
  private static final class Interruption implements Probe {
    @Override
    public boolean readsTotalsOnly() {
      return true;
    }

    @Override
    public void onStep(StepView step) {
      if (Thread.currentThread().isInterrupted()) {
        throw new CancellationException("interrupted in step " + step.index());
      }
    }
  }

  private DesignResult runOne(DesignRun run, String name, Progress progress) throws IOException {
    Path logFolder = experiment.designs().size() == 1 ? folder : folder.resolve(name);
    List<Probe> watchers = new ArrayList<>();
    watchers.add(progress.probe());
    watchers.add(new Interruption());
    if (everyStep) {
      watchers.add(new Probe() {}); // wants to see each
    }
    try (OutputStream steps = open(Log.STEPS, logFolder);
        OutputStream requests = open(Log.REQUESTS, logFolder)) {
      if (logs.contains(Log.STEPS)) {
        watchers.add(new StepLog(steps));
      }
      if (logs.contains(Log.REQUESTS)) {
        watchers.add(new RequestLog(requests));
      }
      return run.run(watchers);
    }
  }

  private OutputStream open(Log log, Path logFolder) throws IOException {
    if (!logs.contains(log)) {
      return OutputStream.nullOutputStream();
    }
    Files.createDirectories(logFolder);
    Path file = logFolder.resolve(log == Log.STEPS ? "steps.csv.gz" : "requests.csv.gz");
    return new GZIPOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
  }
}
