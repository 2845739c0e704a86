package kvlab.study;

import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import kvlab.design.Server;
import kvlab.kv.Pool;
import kvlab.workload.InputException;

/**
 * Runs the steps of a replay on a device, where a model would predict their times. Not part of the
 * simulator: found through {@link ServiceLoader}, by a line in
 * {@code META-INF/services/kvlab.study.Backend}. As a step time it is written {@value #PREFIX}NAME, with
 * settings of its own after another colon.
 */
public interface Backend {
  String PREFIX = "backend:";

  /** Lower-case kebab name, unique among the backends. */
  String name();

  /**
   * What will run the steps, in one line for every output.
   *
   * @throws InputException when it is not there, with the reason
   */
  String device();

  /**
   * Sets the device up for one run, in the thread that will run it.
   *
   * @param settings what follows the name, empty for nothing
   * @throws InputException when the device is not there, or cannot run this
   */
  BackendRun open(String settings, Hardware hardware, Server server, Pool pool, int maxModelTokens);

  /** Whether a step time names a backend. */
  static boolean isNamedBy(String stepTime) {
    return stepTime.startsWith(PREFIX);
  }

  /** The backend that a step time names. */
  static Backend of(String stepTime) {
    String name = stepTime.substring(PREFIX.length()).split(":", 2)[0];
    List<Backend> all = StreamSupport.stream(ServiceLoader.load(Backend.class).spliterator(), false)
        .sorted(Comparator.comparing(Backend::name))
        .toList();
    return all.stream()
        .filter(backend -> backend.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new InputException("unknown backend '" + name + "'; "
            + (all.isEmpty()
                ? "this installation has none"
                : "there are "
                    + all.stream().map(Backend::name).collect(Collectors.joining(", ")))));
  }

  /** What a step time says after the backend's name. */
  static String settingsOf(String stepTime) {
    String[] parts = stepTime.substring(PREFIX.length()).split(":", 2);
    return parts.length < 2 ? "" : parts[1];
  }
}
