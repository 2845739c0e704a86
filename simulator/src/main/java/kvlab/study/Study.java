package kvlab.study;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import kvlab.design.Design;
import kvlab.metrics.EventLog;
import kvlab.metrics.PoolFilm;
import kvlab.metrics.Probe;
import kvlab.metrics.RequestLog;
import kvlab.metrics.StepLog;
import kvlab.workload.InputException;

/** Runs every design of an experiment, as many at once as there are cores; results keep their order. */
public final class Study {
  /** Logs that a run can write. */
  public enum Log {
    /** A line per step. */
    STEPS("steps.csv.gz"),
    /** A line per request. */
    REQUESTS("requests.csv.gz"),
    /** Spans of requests and counters of the server: {@link EventLog}. */
    EVENTS("events.json.gz");

    private final String file;

    Log(String file) {
      this.file = file;
    }
  }

  private final Experiment experiment;
  private final List<DesignRun> runs = new ArrayList<>();
  private final Set<Log> logs;
  private final Path folder;
  private boolean everyStep;
  private boolean filming;
  private int mostInEvents = Integer.MAX_VALUE;

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

  /** Has at most so many requests in the log of events of a server. */
  public Study withEventsOf(int requests) {
    if (requests < 1) {
      throw new InputException("the log of events must have at least 1 request: " + requests);
    }
    mostInEvents = requests;
    return this;
  }

  /** Where the film of a design is in a folder of results. */
  public static Path film(Path folder, String design) {
    return folder.resolve("maps").resolve(design + ".gz");
  }

  /** Also films who holds which page, of several servers the first. */
  public Study filming() {
    filming = true;
    return this;
  }

  /** Runs the designs; a failure of one stops the study. */
  public List<DesignResult> run(Progress progress) throws IOException {
    List<Workers.Task<DesignResult>> tasks = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      DesignRun run = runs.get(i);
      String name = experiment.designs().get(i).name();
      tasks.add(() -> runOne(run, name, progress));
    }
    try {
      return Workers.run(tasks, Runtime.getRuntime().availableProcessors());
    } finally {
      progress.end();
    }
  }

  private DesignResult runOne(DesignRun run, String name, Progress progress) throws IOException {
    Path own = experiment.designs().size() == 1 ? folder : folder.resolve(name);
    List<List<Probe>> watchers = new ArrayList<>();
    List<Closeable> open = new ArrayList<>();
    try {
      for (int replica = 0; replica < experiment.replicas(); replica++) {
        List<Probe> its = new ArrayList<>(List.of(progress.probe(), new Interruption()));
        if (everyStep) {
          its.add(new Probe() {}); // wants to see each
        }
        Unserved unserved = new Unserved(folder, name, replica);
        open.add(unserved);
        its.add(unserved);
        if (filming && replica == 0) {
          its.add(
              new PoolFilm(run.pool(), film(folder, name), experiment.trace().lastArrivalNanos()));
        }
        Path logFolder = experiment.replicas() == 1 ? own : own.resolve("replica-" + replica);
        for (Log log : logs) {
          OutputStream out = open(log, logFolder);
          open.add(out);
          its.add(probe(log, out, name));
        }
        watchers.add(its);
      }
      return run.runEach(watchers);
    } finally {
      for (Closeable each : open) {
        each.close();
      }
    }
  }

  private static OutputStream open(Log log, Path logFolder) throws IOException {
    Files.createDirectories(logFolder);
    Path file = logFolder.resolve(log.file);
    return new GZIPOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
  }

  private Probe probe(Log log, OutputStream out, String design) {
    return switch (log) {
      case STEPS -> new StepLog(out);
      case REQUESTS -> new RequestLog(out);
      case EVENTS -> new EventLog(out, design, experiment.trace().requests(), mostInEvents);
    };
  }
}
