/** Public traces: where they are, under which licence, and how to get them whole. */
@NullMarked
package kvlab.workload.fetch;

import org.jspecify.annotations.NullMarked;
