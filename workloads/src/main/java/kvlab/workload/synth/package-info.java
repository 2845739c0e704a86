/**
 * Made traces: laws of arrival and of length, and the recipe that joins them.
 *
 * <p>All randomness comes from one seed, split per purpose. Logarithms and the like are those of
 * StrictMath, so that a recipe makes the same trace on every Java.
 */
@NullMarked
package kvlab.workload.synth;

import org.jspecify.annotations.NullMarked;
