/**
 * What arrives: a request trace as columns, one reader per published format, generators.
 *
 * <p>Times are nanoseconds from the start of the trace, lengths are tokens.
 */
@NullMarked
package kvlab.workload;

import org.jspecify.annotations.NullMarked;
