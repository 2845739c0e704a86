package kvlab.report;

/** A question about a run, answered by a picture. */
interface Chart {
  /** Draws the answer from the result files. */
  Figure figure(RunFiles run);
}
