package kvlab.engine;

/**
 * What the engine does besides the design.
 *
 * @param maxModelTokens the longest sequence, prompt and output
 * @param rejectImpossible turn away requests that cannot fit the pool even alone; a bare scheduler
 *     does not
 * @param maxSteps the run is cut after so many steps
 */
public record Rules(
    int maxModelTokens, OverLength overLength, boolean rejectImpossible, long maxSteps) {
  /** The rules of a server with a front end that knows its limits. */
  public static Rules serving(int maxModelTokens, OverLength overLength) {
    return new Rules(maxModelTokens, overLength, true, Long.MAX_VALUE);
  }

  /** The rules of a scheduler driven directly, with nothing in front of it. */
  public static Rules bareScheduler(int maxModelTokens, long maxSteps) {
    return new Rules(maxModelTokens, OverLength.STOP, false, maxSteps);
  }
}
