package kvlab.metrics;

/** A probe that answers one question with columns of the summary. */
public interface Measurement extends Probe {
  /** Adds its columns, once the run has ended. */
  void report(Row row);
}
