/** The serving loop: arrivals, schedule, step, tokens, finish. */
@NullMarked
package kvlab.engine;

import org.jspecify.annotations.NullMarked;
