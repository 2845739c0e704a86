/**
 * Charts from the result files of a run. Nothing here sees a live object of the simulation: what is
 * drawn can always be drawn again from the CSV.
 *
 * <pre>
 *   run directory  ->  RunFiles (columns)  ->  Chart  ->  Figure  ->  chart.svg, chart.pdf, chart.png
 * </pre>
 */
@NullMarked
package kvlab.report;

import org.jspecify.annotations.NullMarked;
