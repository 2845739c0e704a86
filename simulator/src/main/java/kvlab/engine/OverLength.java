package kvlab.engine;

/** What is done with a request whose prompt and output together are longer than the model allows. */
public enum OverLength {
  /** It is turned away and counted. */
  REJECT,
  /** Its prompt is cut so that prompt and output fit, as several simulators do. */
  TRUNCATE,
  /** It is served until the limit, as vLLM does: its output is cut. */
  STOP
}
