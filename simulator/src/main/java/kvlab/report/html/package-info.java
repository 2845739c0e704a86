/**
 * {@code report.html}: one file that explains a run to whoever opens it, made from result files alone.
 *
 * <pre>
 *   result files  ->  sections (HTML without a script)      ->  Page  ->  report.html
 *                 ->  Packed columns, drawn by the scripts  ->
 * </pre>
 *
 * The scripts and the style are in {@code src/main/resources/kvlab/report/html}; uPlot comes from its
 * WebJar. Nothing is loaded when the file is opened, and the page forbids itself to.
 */
@NullMarked
package kvlab.report.html;

import org.jspecify.annotations.NullMarked;
