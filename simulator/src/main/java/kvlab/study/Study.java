package kvlab.study;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import kvlab.design.Design;
import kvlab.metrics.Probe;
import kvlab.metrics.RequestLog;
import kvlab.metrics.StepLog;

/** Runs every design of an experiment, as many at once as there are cores; results keep their order. */
public final class Study {
  /** Logs that a run can write. */
  public enum Log {
    STEPS,
    REQUESTS
  }

  private final Experiment experiment;
  private final Set<Log> logs;
  private final Path folder;

  /**
   * A study.
   *
   * @param folder where logs go: here for one design, else into a folder per design
   */
  public Study(Experiment experiment, Set<Log> logs, Path folder) {
    this.experiment = experiment;
    this.logs = logs;
    this.folder = folder;
  }

  /** Runs the designs; a failure of one stops the study. */
  public List<DesignResult> run(Progress progress) throws IOException {
    List<DesignRun> runs = new ArrayList<>();
    for (Design design : experiment.designs()) {
      runs.add(new DesignRun(experiment, design)); // bad options fail before anything runs
    }
    int threads = Math.min(runs.size(), Runtime.getRuntime().availableProcessors());
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Future<DesignResult>> futures = new ArrayList<>();
      for (int i = 0; i < runs.size(); i++) {
        DesignRun run = runs.get(i);
        String name = experiment.designs().get(i).name();
        futures.add(executor.submit(() -> runOne(run, name, progress)));
      }
      List<DesignResult> results = new ArrayList<>();
      for (Future<DesignResult> future : futures) {
        results.add(result(future));
      }
      return results;
    } finally {
      progress.cancel(); // after a failure the other runs still write into the folder
      awaitEnd(executor);
      progress.end();
    }
  }

  private static void awaitEnd(ExecutorService executor) {
    executor.shutdown();
    try {
      executor.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static DesignResult result(Future<DesignResult> future) throws IOException {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private DesignResult runOne(DesignRun run, String name, Progress progress) throws IOException {
    Path logFolder = experiment.designs().size() == 1 ? folder : folder.resolve(name);
    List<Probe> watchers = new ArrayList<>();
    watchers.add(progress.probe());
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
