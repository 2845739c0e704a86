/** What a run shows: the exact partition of the pool, concurrency, latency, logs. */
@NullMarked
package kvlab.metrics;

import org.jspecify.annotations.NullMarked;
