package kvlab.report;

import java.util.List;

/** A question about results, answered by a picture; by several where it is asked of several options. */
interface Chart {
  /** Draws the answer from the result files. */
  List<Figure> figures(RunFiles run);
}
